import Telemetry

extension QueryRequest {
    /// The trace that the path names.
    func traceID(_ name: String) throws(QueryRefusal) -> TraceID {
        let text = path[name] ?? ""
        guard let id = Self.traceID(text) else {
            throw QueryRefusal(
                status: .badRequest, code: "bad_trace_id",
                message: "A trace id has 1 to 32 hexadecimal digits, not all of them zero.")
        }
        return id
    }

    /// A trace id as clients write it: either case, with leading zeros or without, with the dashes of a UUID.
    static func traceID(_ text: String) -> TraceID? {
        var digits: [UInt8] = []
        for byte in text.utf8 where byte != UInt8(ascii: "-") {
            guard digits.count < 32 else { return nil }
            digits.append(byte)
        }
        guard !digits.isEmpty else { return nil }
        digits.insert(contentsOf: repeatElement(UInt8(ascii: "0"), count: 32 - digits.count), at: 0)
        guard let high = Hex.parse(digits[..<16]), let low = Hex.parse(digits[16...]) else { return nil }
        let id = TraceID(high: high, low: low)
        return id.isValid ? id : nil
    }
}

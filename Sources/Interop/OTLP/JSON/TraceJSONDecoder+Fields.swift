import Telemetry

extension TraceJSONDecoder {
    /// 32 hexadecimal digits; with `mayBeNone` also nothing, or zeros.
    mutating func traceID(_ reason: OTLPRejection.Reason, mayBeNone: Bool) throws(DecodeFault) -> TraceID {
        _ = try reader.next()
        let start = reader.position
        let digits = try reader.string()
        if digits.isEmpty, mayBeNone { return TraceID(high: 0, low: 0) }
        guard digits.count == 32,
            let high = HexDigits.parse(digits, 0..<16, allowUpperCase: true),
            let low = HexDigits.parse(digits, 16..<32, allowUpperCase: true), mayBeNone || high | low != 0
        else {
            reject(digits.count == 24 ? .base64ID : reason, at: start)
            return TraceID(high: 0, low: 0)
        }
        return TraceID(high: high, low: low)
    }

    /// 16 hexadecimal digits; with `mayBeNone` also nothing, or zeros.
    mutating func spanID(_ reason: OTLPRejection.Reason, mayBeNone: Bool) throws(DecodeFault) -> SpanID {
        _ = try reader.next()
        let start = reader.position
        let digits = try reader.string()
        if digits.isEmpty, mayBeNone { return .none }
        guard digits.count == 16, let value = HexDigits.parse(digits, 0..<16, allowUpperCase: true),
            mayBeNone || value != 0
        else {
            reject(digits.count == 12 ? .base64ID : reason, at: start)
            return .none
        }
        return SpanID(value)
    }

    /// `SpanKind` by number or name. A name that is not known rejects the span: its kind would be lost.
    mutating func kind() throws(DecodeFault) -> Int32 {
        guard let word = try reader.word() else { return try reader.signed32() }
        for (value, name) in Self.kinds where JSONReader.equal(word, name) { return value }
        reject(.enumName, at: reader.position - 1)
        return 0
    }

    private static let kinds: [(Int32, StaticString)] = [
        (0, "SPAN_KIND_UNSPECIFIED"), (1, "SPAN_KIND_INTERNAL"), (2, "SPAN_KIND_SERVER"), (3, "SPAN_KIND_CLIENT"),
        (4, "SPAN_KIND_PRODUCER"), (5, "SPAN_KIND_CONSUMER"),
    ]

    /// `StatusCode` by number or name.
    mutating func statusCode() throws(DecodeFault) -> Int32 {
        guard let word = try reader.word() else { return try reader.signed32() }
        for (value, name) in Self.statusCodes where JSONReader.equal(word, name) { return value }
        reject(.enumName, at: reader.position - 1)
        return 0
    }

    private static let statusCodes: [(Int32, StaticString)] = [
        (0, "STATUS_CODE_UNSET"), (1, "STATUS_CODE_OK"), (2, "STATUS_CODE_ERROR"),
    ]
}

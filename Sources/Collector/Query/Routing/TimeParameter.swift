import Telemetry

/// Times in parameters: Unix time in the unit that the client's API has, or RFC 3339 with an offset.
package enum TimeParameter {
    package enum Unit: UInt64 {
        case seconds = 1_000_000_000
        case milliseconds = 1_000_000
        case microseconds = 1000
    }

    /// Whole units since 1970; a time that 64 bits of nanoseconds do not reach is the latest they do.
    package static func unix(_ text: String, _ unit: Unit) -> UInt64? {
        guard let count = UInt64(text) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.rawValue)
        return overflow ? .max : product
    }

    /// RFC 3339. A `+` that the client did not escape has become a space on the way; it is taken for the `+` it was.
    package static func rfc3339(_ text: String) -> UInt64? {
        if let time = Timestamp(text) { return time.nanoseconds }
        let bytes = Array(text.utf8)
        guard bytes.count >= 25, bytes[bytes.count - 3] == UInt8(ascii: ":") else { return nil }
        let sign = bytes[bytes.count - 6]
        guard
            let hours = number(bytes[(bytes.count - 5)..<(bytes.count - 3)]),
            let minutes = number(bytes[(bytes.count - 2)...]), hours < 24, minutes < 60,
            let local = Timestamp(String(decoding: bytes.dropLast(6), as: UTF8.self) + "Z")
        else { return nil }
        let offset = (hours * 60 + minutes) * 60_000_000_000
        switch sign {
        case UInt8(ascii: "-"):
            let (sum, overflow) = local.nanoseconds.addingReportingOverflow(offset)
            return overflow ? nil : sum
        case UInt8(ascii: "+"), UInt8(ascii: " "):
            return local.nanoseconds >= offset ? local.nanoseconds - offset : nil
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }
}

extension QueryRequest {
    /// Unix time; `nil` when the parameter is not there.
    func time(_ name: String, _ unit: TimeParameter.Unit) throws(QueryRefusal) -> UInt64? {
        guard let text = parameter(name) else { return nil }
        guard let time = TimeParameter.unix(text, unit) else {
            throw .badParameter(name, text, expected: "Unix time in whole \(unit)")
        }
        return time
    }

    /// A length of time in whole units.
    func span(_ name: String, _ unit: TimeParameter.Unit) throws(QueryRefusal) -> UInt64? {
        guard let text = parameter(name) else { return nil }
        guard let length = TimeParameter.unix(text, unit) else {
            throw .badParameter(name, text, expected: "a number of \(unit)")
        }
        return length
    }

    func rfc3339(_ names: [String]) throws(QueryRefusal) -> UInt64? {
        guard let (name, text) = parameter(names) else { return nil }
        guard let time = TimeParameter.rfc3339(text) else {
            throw .badParameter(name, text, expected: "a time such as 2026-11-03T09:14:22Z")
        }
        return time
    }
}

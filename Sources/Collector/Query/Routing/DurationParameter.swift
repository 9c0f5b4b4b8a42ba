/// Durations as Go writes them, which all clients here do: `1.2s`, `100ms`, `1h30m`.
package enum DurationParameter {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
        ("d", 86_400e9),
    ]
    static let form = "a duration such as 100ms, 1.2s or 1h30m"

    /// Nanoseconds; `nil` for anything else, and for what is below zero or beyond 292 years.
    package static func nanoseconds(_ text: String) -> UInt64? {
        if text == "0" { return 0 }
        guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
        var total = 0.0
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isWholeNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            // The longest unit that fits: "ms" is no "m".
            guard
                let count = Double(digits), count.isFinite,
                let unit = units.filter({ rest.hasPrefix($0.suffix) }).max(by: { $0.suffix.count < $1.suffix.count })
            else { return nil }
            rest = rest.dropFirst(unit.suffix.count)
            total += count * unit.nanoseconds
        }
        return Int64(exactly: total.rounded()).map(UInt64.init)
    }
}

extension QueryRequest {
    func duration(_ names: [String]) throws(QueryRefusal) -> UInt64? {
        guard let (name, text) = parameter(names) else { return nil }
        guard let value = DurationParameter.nanoseconds(text) else {
            throw .badParameter(name, text, expected: DurationParameter.form)
        }
        return value
    }
}

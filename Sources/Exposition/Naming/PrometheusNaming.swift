/// OpenTelemetry's names as Prometheus' OTLP receiver writes them with the strategy `UnderscoreEscapingWithSuffixes`.
///
/// Source: OpenTelemetry's "Prometheus and OpenMetrics Compatibility", and what Prometheus' `otlptranslator` does.
public enum PrometheusNaming {
    public enum Kind: Sendable, Hashable {
        case counter
        case gauge
        case other
    }

    /// A metric's name: its parts joined by `_`, then the unit, `_total` for counters, `_ratio` for gauges of the unit
    /// `1`. `nil` where nothing of the name can stay.
    public static func metricName(_ name: String, unit: String, kind: Kind) -> String? {
        var tokens = name.unicodeScalars.split { !isNameScalar($0) }.map { String($0) }
        guard !tokens.isEmpty else { return nil }
        let (main, per) = unitSuffixes(unit)
        if !main.isEmpty, !tokens.contains(main) { tokens.append(main) }
        if !per.isEmpty, !tokens.contains(per) { tokens.append(per) }
        if kind == .counter { tokens = tokens.filter { $0 != "total" } + ["total"] }
        if kind == .gauge, unit == "1" { tokens = tokens.filter { $0 != "ratio" } + ["ratio"] }
        let joined = tokens.joined(separator: "_")
        return joined.utf8.first.map { (0x30...0x39).contains($0) } == true ? "_" + joined : joined
    }

    /// The unit as it stands in a name: `seconds`, `bytes_per_second`; empty for none.
    public static func unitName(_ unit: String) -> String {
        let (main, per) = unitSuffixes(unit)
        return main.isEmpty || per.isEmpty ? main + per : main + "_" + per
    }

    /// A label's name: what may not stand in one becomes `_`; a digit at the start gets `key_` before it, a single `_`
    /// `key`. `nil` where nothing but underscores would stay.
    public static func labelName(_ name: String) -> String? {
        var label = ""
        for scalar in name.unicodeScalars { label.unicodeScalars.append(isLabelScalar(scalar) ? scalar : "_") }
        guard label.utf8.contains(where: { $0 != UInt8(ascii: "_") }) else { return nil }
        if (0x30...0x39).contains(label.utf8.first!) { return "key_" + label }
        if label.hasPrefix("_"), !label.hasPrefix("__") { return "key" + label }
        return label
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ":": true
        default: false
        }
    }

    private static func isLabelScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar != ":" && isNameScalar(scalar)
    }

    private static func unitSuffixes(_ unit: String) -> (main: String, per: String) {
        let sides = unit.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map { side in
            let words = side.split(separator: " ", omittingEmptySubsequences: true)
            let trimmed = words.joined(separator: " ")
            // Annotations are no units.
            return trimmed.contains("{") || trimmed.contains("}") ? "" : trimmed
        }
        let main = sides.first.map { clean(UnitWords.main[$0] ?? $0) } ?? ""
        guard sides.count == 2, !sides[1].isEmpty else { return (main, "") }
        let per = clean(UnitWords.per[sides[1]] ?? sides[1])
        return (main, per.isEmpty ? "" : "per_" + per)
    }

    private static func clean(_ unit: String) -> String {
        unit.unicodeScalars.split { !isNameScalar($0) }.map { String($0) }.joined(separator: "_")
    }
}

/// UCUM's units as Prometheus spells them.
enum UnitWords {
    static let main: [String: String] = [
        "d": "days", "h": "hours", "min": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds",
        "ns": "nanoseconds", "By": "bytes", "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes",
        "TiBy": "tibibytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes",
        "m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams", "Cel": "celsius",
        "Hz": "hertz", "1": "", "%": "percent",
    ]
    static let per: [String: String] = [
        "s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
    ]
}

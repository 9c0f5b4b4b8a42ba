/// What Prometheus allows as names, and what its linter asks for.
///
/// Source: https://prometheus.io/docs/concepts/data_model/, https://prometheus.io/docs/practices/naming/.
public enum MetricName {
    public static let maximumBytes = 256

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, at most 256 bytes.
    public static func isValid(_ name: String) -> Bool {
        isValid(name, colons: true)
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, at most 256 bytes, not starting with `__` (reserved), and not `le` (histograms' own).
    public static func isValidLabel(_ name: String) -> Bool {
        isValid(name, colons: false) && !name.hasPrefix("__") && name != "le"
    }

    /// The base unit that a name ends in, before `_total`; empty for none.
    public static func unit(of name: String) -> String {
        let base = name.hasSuffix("_total") ? name.dropLast(6) : name[...]
        return ["seconds", "bytes", "ratio"].first { base.hasSuffix("_" + $0) } ?? ""
    }

    private static func isValid(_ name: String, colons: Bool) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= maximumBytes, !(0x30...0x39).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                || byte == 0x5F || colons && byte == 0x3A
        }
    }
}

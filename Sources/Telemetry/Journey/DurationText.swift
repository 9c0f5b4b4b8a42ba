/// Durations as a person reads them: three significant digits up to a minute, then two units.
public enum DurationText {
    /// `0 s`, `840 µs`, `1.24 s`, `2 min 5 s`, `8 h 3 min`, `2 d 4 h`.
    public static func string(nanoseconds: UInt64) -> String {
        let units: [(scale: UInt64, name: String)] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs"), (1, "ns")]
        if nanoseconds == 0 { return "0 s" }
        if nanoseconds >= 60_000_000_000 { return coarse(seconds: nanoseconds / 1_000_000_000) }
        let unit = units.first { nanoseconds >= $0.scale } ?? (1, "ns")
        let whole = nanoseconds / unit.scale
        let thousandths = nanoseconds % unit.scale * 1000 / unit.scale
        let decimals = whole >= 100 ? 0 : whole >= 10 ? 1 : 2
        var text = String(whole)
        if decimals > 0, unit.scale > 1 {
            let digits = String(repeating: "0", count: 3 - String(thousandths).count) + String(thousandths)
            var fraction = digits.prefix(decimals)
            while fraction.last == "0" { fraction = fraction.dropLast() }
            if !fraction.isEmpty { text += "." + fraction }
        }
        return text + " " + unit.name
    }

    private static func coarse(seconds: UInt64) -> String {
        let units: [(scale: UInt64, name: String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
        let index = units.firstIndex { seconds >= $0.scale } ?? 3
        let major = "\(seconds / units[index].scale) \(units[index].name)"
        guard index < 3 else { return major }
        let minor = seconds % units[index].scale / units[index + 1].scale
        return minor == 0 ? major : "\(major) \(minor) \(units[index + 1].name)"
    }
}

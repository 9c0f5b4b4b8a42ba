/// Numbers for people.
package enum ByteText {
    /// Three digits and a binary unit: `1.25 GiB`.
    package static func short(_ bytes: UInt64) -> String {
        if bytes < 1024 { return "\(bytes) B" }
        var value = Double(bytes)
        var unit = ""
        for name in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] where value >= 1024 {
            value /= 1024
            unit = name
        }
        return decimal(value) + " " + unit
    }

    /// A number with its thousands apart: `12 345 678`.
    package static func grouped(_ number: UInt64) -> String {
        let digits = Array(String(number))
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += " " }
            text.append(digit)
        }
        return text
    }

    /// `1 segment`, `7 segments`.
    package static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(UInt64(clamping: number))) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Bytes per span with one decimal; `nil` without spans.
    static func perSpan(_ bytes: UInt64, _ spans: UInt64) -> Double? {
        spans == 0 ? nil : (Double(bytes) / Double(spans) * 10).rounded() / 10
    }

    private static func decimal(_ value: Double) -> String {
        let places = value < 10 ? 100.0 : value < 100 ? 10.0 : 1.0
        let rounded = (value * places).rounded() / places
        return places == 1 ? "\(Int(rounded))" : "\(rounded)"
    }
}

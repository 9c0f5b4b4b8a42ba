/// One element of an `Accept` or `Accept-Encoding` header (RFC 9110 §12.5).
struct AcceptRange {
    /// Longer headers are read no further: a scraper's has some hundred bytes.
    static let maximumBytes = 4096

    /// In lower case.
    var name: String
    /// Names in lower case; without `q`.
    var parameters: [String: String] = [:]
    /// From 0, not acceptable, to 1.
    var quality = 1.0

    static func parse(_ header: String) -> [AcceptRange] {
        header.utf8.prefix(maximumBytes).split(separator: UInt8(ascii: ",")).compactMap { element in
            let parts = element.split(separator: UInt8(ascii: ";")).map(trimmed)
            guard let name = parts.first, !name.isEmpty else { return nil }
            var range = AcceptRange(name: name.lowercased())
            for part in parts.dropFirst() {
                let sides = part.split(separator: "=", maxSplits: 1)
                guard sides.count == 2 else { continue }
                let key = trimmed(sides[0].utf8[...]).lowercased()
                var value = trimmed(sides[1].utf8[...])
                if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                    value = String(value.dropFirst().dropLast())
                }
                if key == "q" {
                    // A weight that is none counts as none given.
                    if let weight = Double(value), weight >= 0 { range.quality = min(1, weight) }
                } else {
                    range.parameters[key] = value
                }
            }
            return range
        }
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return String(Substring(rest))
    }
}

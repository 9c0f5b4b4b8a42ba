/// Text from telemetry, made fit for a terminal: stored text is anybody's, and a terminal obeys what it is sent.
package enum TerminalText {
    /// More marks than this on one character are cut off.
    private static let maximumScalars = 8

    /// Control characters become their pictures (`␛`), and what changes direction or hides becomes `�`.
    package static func clean(_ text: some StringProtocol) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(text) }
        var output = String.UnicodeScalarView()
        for character in text {
            for scalar in character.unicodeScalars.prefix(maximumScalars) { output.append(visible(scalar)) }
        }
        return String(output)
    }

    private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.value < 0x20 { return Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}" }
        if scalar.value == 0x7F { return "\u{2421}" }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return "\u{FFFD}"
        // The joiner that makes one emoji of several is harmless.
        case .format where scalar.value != 0x200D: return "\u{FFFD}"
        default: return scalar
        }
    }

    /// At most `width` cells of `text`, the end replaced by an ellipsis where it does not fit.
    package static func fit(_ text: String, _ width: Int) -> String {
        if text.utf8.count <= width || DisplayWidth.of(text) <= width { return text }
        guard width > 0 else { return "" }
        return prefix(text, width - 1) + "…"
    }

    /// The same with the ellipsis in the middle: of paths and ids, both ends tell.
    package static func fitMiddle(_ text: String, _ width: Int) -> String {
        if text.utf8.count <= width || DisplayWidth.of(text) <= width { return text }
        guard width > 2 else { return fit(text, width) }
        let tail = (width - 1) / 2
        let end = String(prefix(String(text.reversed()), tail).reversed())
        return prefix(text, width - 1 - tail) + "…" + end
    }

    /// `text` filled with spaces to `width` cells.
    package static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
        let fill = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
        return right ? fill + text : text + fill
    }

    private static func prefix(_ text: String, _ width: Int) -> String {
        var used = 0
        var output = ""
        for character in text {
            used += DisplayWidth.of(character)
            if used > width { break }
            output.append(character)
        }
        return output
    }
}

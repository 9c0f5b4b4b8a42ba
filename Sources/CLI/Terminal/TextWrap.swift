/// Prose in lines.
package enum TextWrap {
    /// `text` broken between words into lines of at most `width` cells; longer words are cut.
    package static func lines(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in TerminalText.clean(text).split(separator: " ") {
            let word = TerminalText.fitMiddle(String(word), width)
            if line.isEmpty {
                line = word
            } else if DisplayWidth.of(line) + 1 + DisplayWidth.of(word) <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = word
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// A paragraph with a mark in front of its first line and the others below its text.
    package static func paragraph(
        _ mark: String, _ text: String, width: Int, markStyle: Style = .plain, style: Style = .plain
    ) -> [StyledLine] {
        let indent = DisplayWidth.of(mark)
        return lines(text, width: max(10, width - indent)).enumerated().map { number, content in
            var line = StyledLine()
            line.append(number == 0 ? mark : String(repeating: " ", count: indent), markStyle)
            line.append(content, style)
            return line
        }
    }
}

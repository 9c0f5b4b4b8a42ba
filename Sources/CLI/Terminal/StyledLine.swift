/// What a piece of text is, as a terminal shows it.
package enum Style: Sendable, Hashable {
    case plain, bold, dim, good, warning, bad, boldBad

    /// SGR parameters (ECMA-48 §8.3.117).
    fileprivate var parameters: String? {
        switch self {
        case .plain: nil
        case .bold: "1"
        case .dim: "2"
        case .good: "32"
        case .warning: "33"
        case .bad: "31"
        case .boldBad: "1;31"
        }
    }
}

/// One line of output. Whatever is appended is cleaned; only `text(colored:)` adds escape sequences.
package struct StyledLine: Sendable {
    private var pieces: [(text: String, style: Style)] = []
    package private(set) var width = 0

    package init() {}

    package init(_ text: String, _ style: Style = .plain) { append(text, style) }

    package mutating func append(_ text: String, _ style: Style = .plain) {
        let clean = TerminalText.clean(text)
        guard !clean.isEmpty else { return }
        pieces.append((clean, style))
        width += DisplayWidth.of(clean)
    }

    package mutating func append(_ other: StyledLine) {
        pieces += other.pieces
        width += other.width
    }

    /// Appends `text` in exactly `width` cells, cut off or filled up.
    package mutating func append(_ text: String, width: Int, right: Bool = false, _ style: Style = .plain) {
        append(TerminalText.pad(TerminalText.fit(TerminalText.clean(text), width), width, right: right), style)
    }

    /// Spaces up to column `column`.
    package mutating func fill(to column: Int) {
        if width < column { append(String(repeating: " ", count: column - width)) }
    }

    /// The line without white space at its end.
    package func text(colored: Bool) -> String {
        var pieces = pieces
        while let last = pieces.last {
            let trimmed = String(last.text.reversed().drop { $0 == " " }.reversed())
            pieces.removeLast()
            if trimmed.isEmpty { continue }
            pieces.append((trimmed, last.style))
            break
        }
        guard colored else { return pieces.map(\.text).joined() }
        return pieces.map { piece in
            guard let parameters = piece.style.parameters else { return piece.text }
            return "\u{1B}[\(parameters)m\(piece.text)\u{1B}[0m"
        }.joined()
    }
}

extension [StyledLine] {
    /// The page, each line ended.
    package func text(colored: Bool) -> String { map { $0.text(colored: colored) + "\n" }.joined() }
}

import Telemetry

/// A tree of rows with their times: what happened under what, how it ended, when, and how long it took.
package struct Waterfall: Sendable {
    package struct Row: Sendable {
        package var depth = 0
        /// Who, in bold; and what.
        package var subject = ""
        package var text = ""
        /// Three cells: an HTTP status, a short word.
        package var status = ""
        /// One cell.
        package var mark = ""
        /// Up to three cells: the attempt.
        package var attempt = ""
        package var start: UInt64 = 0
        package var duration: UInt64 = 0
        package var style = Style.plain
        package var isInferred = false
        package var details: [Detail] = []

        package init() {}
    }

    package struct Detail: Sendable {
        package var text: String
        package var style: Style
        /// Cells further to the right.
        package var indent: Int

        package init(_ text: String, _ style: Style = .dim, indent: Int = 0) {
            self.text = text
            self.style = style
            self.indent = indent
        }
    }

    private let width: Int
    /// Zero where there is no room: then the starts are left out too.
    private let barWidth: Int
    private let labelWidth: Int
    /// Status, mark and attempt with the spaces around them.
    private static let statusWidth = 1 + 3 + 1 + 1 + 1 + 3
    private static let startWidth = 9
    private static let durationWidth = 1 + 8
    private static let narrowest = 60

    package init(width: Int) {
        self.width = width
        if width < Self.narrowest {
            barWidth = 0
            labelWidth = width - Self.statusWidth - Self.durationWidth
        } else {
            barWidth = min(60, max(10, 13 + (width - 80) / 2))
            labelWidth = width - Self.statusWidth - Self.startWidth - Self.durationWidth - 2 - barWidth
        }
    }

    /// - Parameter scale: what the bars' whole width stands for.
    package func header(_ subject: String, scale: UInt64) -> StyledLine {
        var line = StyledLine()
        line.append(subject, width: labelWidth, .dim)
        line.append(" ")
        line.append("status", width: 9, .dim)
        if barWidth > 0 { line.append("start", width: Self.startWidth, right: true, .dim) }
        line.append("took", width: Self.durationWidth, right: true, .dim)
        if barWidth == 0 { return line }
        line.append("  ")
        line.append(DurationText.string(nanoseconds: scale), width: barWidth, right: true, .dim)
        return line
    }

    package func lines(_ rows: [Row], scale: UInt64) -> [StyledLine] {
        let prefixes = TreePrefix.prefixes(depths: rows.map(\.depth), maximumDepth: max(4, labelWidth / 4))
        var lines: [StyledLine] = []
        lines.reserveCapacity(rows.count * 2)
        for (row, prefix) in zip(rows, prefixes) {
            lines.append(line(row, prefix.own, scale))
            for detail in row.details {
                let indent = String(repeating: " ", count: 2 + detail.indent)
                let room = max(20, width - DisplayWidth.of(prefix.below) - indent.count)
                for content in TextWrap.lines(detail.text, width: room) {
                    var line = StyledLine(prefix.below, .dim)
                    line.append(indent + content, detail.style)
                    lines.append(line)
                }
            }
        }
        return lines
    }

    private func line(_ row: Row, _ prefix: String, _ scale: UInt64) -> StyledLine {
        var line = StyledLine(prefix, .dim)
        let subject = TerminalText.fit(TerminalText.clean(row.subject), max(8, labelWidth - line.width - 1))
        line.append(subject, row.isInferred ? .dim : row.style == .plain ? .bold : row.style)
        let room = labelWidth - line.width - 1
        if room > 1, !row.text.isEmpty {
            line.append(" ")
            line.append(TerminalText.fit(TerminalText.clean(row.text), room), row.isInferred ? .dim : .plain)
        }
        line.fill(to: labelWidth)
        line.append(" ")
        line.append(row.status, width: 3, right: true, row.style)
        line.append(" ")
        line.append(row.mark, width: 1, row.style)
        line.append(" ")
        line.append(row.attempt, width: 3, row.style)
        if barWidth > 0 {
            let start = row.start == 0 ? "0" : "+" + DurationText.string(nanoseconds: row.start)
            line.append(start, width: Self.startWidth, right: true, .dim)
        }
        line.append(" ")
        line.append(DurationText.string(nanoseconds: row.duration), width: Self.durationWidth - 1, right: true)
        if barWidth == 0 { return line }
        line.append("  ")
        let bar = TimelineBar.draw(
            start: row.start, duration: row.duration, scale: scale, width: barWidth, hollow: row.isInferred)
        line.append(bar, row.isInferred ? .dim : row.style)
        return line
    }
}

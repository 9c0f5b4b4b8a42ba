import Telemetry
import TraceQL

/// Writes found traces as text, one at a time.
package struct SearchOutput {
    private let query: TraceQuery
    private let width: Int
    private let isColored: Bool
    private let from: String?
    private let to: String?
    /// Traces so far.
    package private(set) var found = 0
    private var gaps: [String] = []
    private var cursor: String?

    package init(_ query: TraceQuery, width: Int, isColored: Bool, from: String? = nil, to: String? = nil) {
        self.query = query
        self.width = width
        self.isColored = isColored
        self.from = from
        self.to = to
    }

    /// The lines of a trace; in front of the first the table's head.
    package mutating func trace(_ trace: SearchLine.Trace) -> String {
        found += 1
        return ((found == 1 ? [header] : []) + row(trace)).text(colored: isColored)
    }

    /// What is to be said of the search.
    package mutating func include(_ end: SearchLine.End) {
        for gap in end.gaps where !gaps.contains(gap) { gaps.append(gap) }
        cursor = end.cursor
    }

    /// What is to be said when all was shown.
    package func end(isAll: Bool) -> String {
        var lines: [StyledLine] = []
        if found == 0 {
            lines += TextWrap.paragraph("", "No trace matches \(query)\(window).", width: width)
            if gaps.isEmpty {
                lines += TextWrap.paragraph(
                    "",
                    "Everything stored was searched. Attributes are named span.KEY, resource.KEY or, for either, .KEY; "
                        + "waybill search '{ }' shows the newest traces.", width: width, style: .dim)
            }
        }
        for gap in gaps { lines += TextWrap.paragraph("! ", gap, width: width, markStyle: .warning, style: .warning) }
        if let cursor, found > 0 || !gaps.isEmpty {
            let text = isAll ? "It came as far as --cursor" : "More with --all, or from here on with --cursor"
            lines += TextWrap.paragraph("", text, width: width, style: .dim)
            lines += pieces(of: cursor)
        }
        return lines.text(colored: isColored)
    }

    private var window: String {
        let bounds = [from.map { "from \($0)" }, to.map { "to \($0)" }].compactMap { $0 }
        return bounds.isEmpty ? "" : " (" + bounds.joined(separator: ", ") + ")"
    }

    private var header: StyledLine {
        var line = StyledLine()
        line.append("started (UTC)", width: 23, .dim)
        line.append("took", width: 9, right: true, .dim)
        if width < Self.figuresWidth { return line }
        line.append("matched", width: 10, right: true, .dim)
        line.append("fail", width: 5, right: true, .dim)
        if width >= Self.tableWidth { line.append(" trace", .dim) }
        return line
    }

    private static let figuresWidth = 23 + 9 + 10 + 5
    private static let tableWidth = figuresWidth + 1 + 32

    /// A cursor in lines that a shell takes for one when they are pasted.
    private func pieces(of cursor: String) -> [StyledLine] {
        var lines: [StyledLine] = []
        var rest = cursor[...]
        while rest.count > width {
            lines.append(StyledLine(rest.prefix(width - 1) + "\\", .dim))
            rest = rest.dropFirst(width - 1)
        }
        return lines + [StyledLine(String(rest), .dim)]
    }

    /// Two lines: the id takes too much room to stand beside names; more where the width has no room for the figures.
    private func row(_ trace: SearchLine.Trace) -> [StyledLine] {
        var first = StyledLine()
        first.append(
            trace.start.formatted(decimals: 3).replacing("T", with: " ").replacing("Z", with: ""), width: 23)
        first.append(
            " " + DurationText.string(nanoseconds: trace.durationNanoseconds), width: 9, right: true)
        var lines: [StyledLine] = []
        if width >= Self.figuresWidth {
            first.append(" \(trace.matched)/\(trace.spans)", width: 10, right: true)
            first.append(trace.errors > 0 ? " \(trace.errors)" : "", width: 5, right: true, .bad)
        } else {
            var figures = StyledLine("  \(trace.matched)/\(trace.spans) matched")
            if trace.errors > 0 { figures.append(", \(trace.errors) failed", .bad) }
            lines.append(figures)
        }
        if width >= Self.tableWidth {
            first.append(" " + trace.traceID, .bold)
        } else {
            lines.append(StyledLine("  " + trace.traceID, .bold))
        }
        var second = StyledLine("  ")
        second.append(TerminalText.fit(TerminalText.clean(trace.rootService), width / 3), .good)
        second.append(" ")
        second.append(TerminalText.fit(TerminalText.clean(trace.rootOperation), max(8, width - second.width)))
        return [first] + lines + [second]
    }
}

import Telemetry
import TraceQL

/// Writes found traces as text, a page at a time.
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

    package mutating func count(_ page: SearchPage) {
        found += page.traces.count
        for gap in page.gaps where !gaps.contains(gap) { gaps.append(gap) }
        cursor = page.cursor
    }

    package mutating func page(_ page: SearchPage) -> String {
        let lines = (found == 0 && !page.traces.isEmpty ? [header] : []) + page.traces.flatMap(row)
        count(page)
        return lines.text(colored: isColored)
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
            lines.append(StyledLine(cursor, .dim))
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
        line.append("matched", width: 10, right: true, .dim)
        line.append("fail", width: 5, right: true, .dim)
        line.append(" trace", .dim)
        return line
    }

    /// Two lines: the id takes too much room to stand beside names.
    private func row(_ trace: SearchPage.Trace) -> [StyledLine] {
        var first = StyledLine()
        first.append(
            trace.start.formatted(decimals: 3).replacing("T", with: " ").replacing("Z", with: ""), width: 23)
        first.append(
            " " + DurationText.string(nanoseconds: trace.durationNanoseconds), width: 9, right: true)
        first.append(" \(trace.matched)/\(trace.spans)", width: 10, right: true)
        first.append(
            trace.errors > 0 ? " \(trace.errors)" : "", width: 5, right: true, .bad)
        first.append(" " + trace.traceID, .bold)
        var second = StyledLine("  ")
        second.append(TerminalText.fit(TerminalText.clean(trace.rootService), width / 3), .good)
        second.append(" ")
        second.append(TerminalText.fit(TerminalText.clean(trace.rootOperation), max(8, width - second.width)))
        return [first, second]
    }
}

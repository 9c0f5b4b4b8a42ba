import Storage
import Telemetry

/// What was found, as paragraphs.
enum FindingLines {
    /// So many are shown; `--json` has all.
    private static let maximumShown = 200

    static func lines(_ findings: [StoreFinding], width: Int) -> [StyledLine] {
        var lines: [StyledLine] = []
        for finding in findings.prefix(maximumShown) {
            var head = StyledLine()
            head.append("  \(label(finding.kind)): ", finding.kind.isDamage ? .boldBad : .warning)
            head.append(TerminalText.fitMiddle(TerminalText.clean(finding.path), max(20, width - head.width)), .bold)
            lines.append(head)
            lines += TextWrap.paragraph("    ", sentence(finding.problem), width: width)
            if let loss = finding.loss { lines += TextWrap.paragraph("    ", text(loss), width: width) }
            if finding.canBeRebuilt {
                lines += TextWrap.paragraph(
                    "    ", "The index can be made again from its segments; the store does that by itself.",
                    width: width,
                    style: .dim)
            }
        }
        if findings.count > maximumShown {
            lines.append(StyledLine("  … and \(findings.count - maximumShown) more; --json has all.", .dim))
        }
        return lines
    }

    static func label(_ kind: StoreFinding.Kind) -> String {
        switch kind {
        case .cutShort: "cut short"
        default: kind.rawValue
        }
    }

    private static func text(_ loss: StoreFinding.Loss) -> String {
        var text = "Lost: \(ByteText.grouped(loss.spans)) spans"
        if let traces = loss.traces { text += " of \(ByteText.grouped(UInt64(traces))) traces" }
        if let from = loss.fromNanoseconds, let to = loss.toNanoseconds {
            text += ", from \(time(from)) to \(time(to))"
        }
        if !loss.traceIDs.isEmpty {
            text += ": " + loss.traceIDs.map(\.description).joined(separator: " ")
            if let traces = loss.traces, traces > loss.traceIDs.count { text += " …" }
        }
        return text
    }

    static func time(_ nanoseconds: UInt64) -> String { Timestamp(nanoseconds: nanoseconds).formatted(decimals: 3) }

    static func sentence(_ text: String) -> String {
        let text = text.prefix(1).uppercased() + text.dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }
}

import Storage
import Telemetry

/// The sizes of a store, as a page.
package struct StatsPage {
    private let summary: StoreSummary
    private let showsDays: Bool
    private let width: Int

    package init(_ summary: StoreSummary, showsDays: Bool, width: Int) {
        self.summary = summary
        self.showsDays = showsDays
        self.width = width
    }

    package func lines() -> [StyledLine] {
        var lines = [StyledLine("Store \(summary.storeID), epoch \(summary.epoch)", .bold)]
        lines.append(
            StyledLine(
                "\(ByteText.grouped(summary.spans)) sealed spans, \(ByteText.short(summary.bytes))\(perSpan(summary.bytes))"
            ))
        lines.append(StyledLine())
        lines += parts() + classes() + index() + removals() + holds() + damaged()
        return lines
    }

    private func perSpan(_ bytes: UInt64) -> String {
        ByteText.perSpan(bytes, summary.spans).map { ", \($0) bytes a span" } ?? ""
    }

    /// Columns: a name to the left, numbers to the right.
    private func row(_ cells: [(text: String, width: Int, right: Bool)], _ style: Style = .plain) -> StyledLine {
        var line = StyledLine("  ")
        for cell in cells {
            line.append(cell.text, width: cell.width, right: cell.right, style)
            line.append("  ")
        }
        return line
    }

    private func parts() -> [StyledLine] {
        var lines = [
            row([("part", 10, false), ("files", 9, true), ("bytes", 11, true), ("a span", 8, true)], .dim)
        ]
        let runs = summary.indexLevels.reduce(0) { $0 + $1.runs }
        let parts: [(String, Int?, UInt64)] = [
            ("segments", summary.segments, summary.segmentBytes), ("index", runs, summary.indexBytes),
            ("log", summary.logFiles, summary.logBytes), ("manifest", nil, summary.manifestBytes),
            ("holds", nil, summary.holdBytes),
        ]
        for (name, files, bytes) in parts {
            let share = ByteText.perSpan(bytes, summary.spans).map { "\($0)" } ?? ""
            lines.append(
                row([
                    (name, 10, false), (files.map { ByteText.grouped(UInt64($0)) } ?? "", 9, true),
                    (ByteText.short(bytes), 11, true), (share, 8, true),
                ]))
        }
        return lines
    }

    private func classes() -> [StyledLine] {
        if summary.partitions.isEmpty { return [] }
        var lines = [
            StyledLine(),
            row(
                [
                    (showsDays ? "class, day" : "class", 24, false), ("young", 6, true), ("final", 6, true),
                    ("spans", 15, true), ("bytes", 10, true),
                ], .dim),
        ]
        for group in StatsGroup.groups(summary.partitions, byDay: showsDays) {
            lines.append(
                row([
                    (group.name, 24, false), ("\(group.young)", 6, true), ("\(group.final)", 6, true),
                    (ByteText.grouped(group.spans), 15, true), (ByteText.short(group.bytes), 10, true),
                ]))
            if !showsDays {
                lines.append(
                    StyledLine(
                        "    \(FindingLines.time(group.earliestStart)) to \(FindingLines.time(group.latestStart))", .dim
                    ))
            }
        }
        return lines
    }

    private func index() -> [StyledLine] {
        if summary.indexLevels.isEmpty { return [] }
        var lines = [
            StyledLine(),
            row([("index level", 12, false), ("runs", 6, true), ("rows", 15, true), ("bytes", 10, true)], .dim),
        ]
        for level in summary.indexLevels {
            lines.append(
                row([
                    ("\(level.level)", 12, false), ("\(level.runs)", 6, true), (ByteText.grouped(level.rows), 15, true),
                    (ByteText.short(level.bytes), 10, true),
                ]))
        }
        return lines
    }

    private func removals() -> [StyledLine] {
        var totals: [(RemovalRecord.Reason, String, UInt64)] = [
            (.duplicate, "equal spans left out when segments were merged", 0),
            (.expired, "spans removed because their retention was over", 0),
            (.storeFull, "spans removed because the store was larger than it may be", 0),
        ]
        for record in summary.removals {
            guard let place = totals.firstIndex(where: { $0.0 == record.reason }) else { continue }
            totals[place].2 += record.spans
        }
        let lines = totals.filter { $0.2 > 0 }.map { StyledLine("  \(ByteText.grouped($0.2)) \($0.1)") }
        return lines.isEmpty ? [] : [StyledLine()] + lines
    }

    private func holds() -> [StyledLine] {
        let active = summary.holds.count(where: \.isActive)
        if summary.holds.isEmpty { return [] }
        return [StyledLine(), StyledLine("  \(active) of \(summary.holds.count) legal holds in force")]
    }

    private func damaged() -> [StyledLine] {
        if summary.damaged.isEmpty { return [] }
        return [StyledLine(), StyledLine("  Damaged segments, kept as evidence:", .boldBad)]
            + summary.damaged.flatMap {
                TextWrap.paragraph("    ", "\($0.path): \($0.problem)", width: width)
            }
    }
}

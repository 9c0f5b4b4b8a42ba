import Storage

/// A hold, as lines.
enum HoldLines {
    static func lines(_ hold: Hold, width: Int) -> [StyledLine] {
        var head = StyledLine()
        head.append("  \(hold.id) ", .bold)
        head.append(hold.isActive ? "in force" : "released", hold.isActive ? .warning : .dim)
        let time = FindingLines.time(hold.placedNanoseconds)
        var lines = [head]
        lines += TextWrap.paragraph("    ", text(hold.subject), width: width)
        lines += TextWrap.paragraph("    ", "placed \(time) by \(hold.placedBy): \(hold.reason)", width: width)
        if let release = hold.release {
            let time = FindingLines.time(release.releasedNanoseconds)
            lines += TextWrap.paragraph(
                "    ", "released \(time) by \(release.releasedBy): \(release.reason)", width: width)
        }
        return lines
    }

    static func text(_ subject: Hold.Subject) -> String {
        switch subject {
        case .time(let from, let to): "time \(FindingLines.time(from)) to \(FindingLines.time(to))"
        default: "\(subject)"
        }
    }
}

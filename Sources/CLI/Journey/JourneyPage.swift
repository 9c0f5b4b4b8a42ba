import Telemetry

/// A journey as a page of text: what happened, how sure that is, and the tree of hops with their times.
package struct JourneyPage {
    private let journey: Journey
    private let width: Int
    private let now: Timestamp?
    private let principals: PrincipalNames
    private static let maximumListed = 20
    private static let maximumTraces = 4

    /// - Parameter now: to say that spans may still be on their way; `nil` says nothing about it.
    package init(_ journey: Journey, width: Int, now: Timestamp? = nil) {
        self.journey = journey
        self.width = width
        self.now = now
        principals = PrincipalNames(journey.hops.flatMap { [$0.callerPrincipal, $0.calleePrincipal] })
    }

    package func lines() -> [StyledLine] {
        var lines = title()
        lines += verdict()
        lines += completeness()
        if let domain = principals.domain {
            lines += TextWrap.paragraph("  ", "principals in \(domain)", width: width, style: .dim)
        }
        // The hops of a leg stand together.
        var first = 0
        let rows = HopRows(journey, principals: principals)
        for number in journey.legs.indices {
            var last = first
            while last < journey.hops.count, journey.hops[last].leg == number { last += 1 }
            lines.append(StyledLine())
            lines += leg(number, journey.hops[first..<last], rows)
            first = last
        }
        lines += notes()
        lines.append(StyledLine())
        lines += next()
        return lines
    }

    private func title() -> [StyledLine] {
        var line = StyledLine()
        line.append("Transaction ", .dim)
        line.append(TerminalText.fitMiddle(TerminalText.clean(journey.transaction), width - line.width), .bold)
        var kinds = Distinct(journey.keys.map(\.kind))
        kinds.values.removeAll { $0.isEmpty }
        let kind = kinds.values.joined(separator: ", ")
        if !kind.isEmpty, line.width + DisplayWidth.of(kind) + 2 <= width { line.append("  " + kind, .dim) }
        var lines = [line]
        for key in journey.alsoKnownAs {
            lines += TextWrap.paragraph("also known as ", "\(key.kind) \(key.value)", width: width, markStyle: .dim)
        }
        return lines + [StyledLine()]
    }

    private func verdict() -> [StyledLine] {
        let summary = journey.summary
        let (mark, style) = Self.look(summary.outcome)
        var lines = TextWrap.paragraph(mark + " ", summary.sentence, width: width, markStyle: style, style: style)
        var facts = [Self.clock(summary.start)]
        facts.append(Self.counted(summary.services.count, "service", "services"))
        facts.append(Self.counted(summary.hops, "hop", "hops"))
        if summary.failedHops > 0 { facts.append("\(summary.failedHops) failed") }
        if summary.refusedHops > 0 { facts.append("\(summary.refusedHops) refused") }
        if summary.retries > 0 { facts.append(Self.counted(summary.retries, "retry", "retries")) }
        facts.append(Self.counted(journey.traces.count, "trace", "traces"))
        // A fact stays together when the line breaks.
        let text = facts.map { $0.replacing(" ", with: "\u{A0}") }.joined(separator: " · ")
        lines += TextWrap.paragraph("  ", text, width: width, style: .dim)
        return lines
    }

    private func completeness() -> [StyledLine] {
        let completeness = journey.completeness
        let missing = completeness.missing.count
        let gaps = Self.counted(completeness.gaps.count, "gap", "gaps")
        var lines: [StyledLine]
        switch completeness.verdict {
        case .complete:
            lines = TextWrap.paragraph(
                "✓ ", "Complete: no span is missing, and no exporter lost any at that time.", width: width,
                markStyle: .good, style: .good)
        case .uncertain:
            lines = TextWrap.paragraph(
                "? ", "Perhaps not complete: no span is known to be missing, but exporters have \(gaps) at that time.",
                width: width, markStyle: .warning, style: .warning)
        case .incomplete:
            let and = completeness.gaps.isEmpty ? "" : ", and exporters have \(gaps) at that time"
            lines = TextWrap.paragraph(
                "✗ ", "Not complete: \(Self.counted(missing, "span is", "spans are")) missing\(and).", width: width,
                markStyle: .bad, style: .bad)
        }
        let end = journey.summary.start.nanoseconds + journey.summary.durationNanoseconds
        if let now, now.nanoseconds >= end, now.nanoseconds - end < 10_000_000_000 {
            let age = DurationText.string(nanoseconds: now.nanoseconds - end)
            lines += TextWrap.paragraph(
                "  ", "The last span ended \(age) ago; more may still arrive.", width: width, style: .dim)
        }
        return lines
    }

    private func leg(_ number: Int, _ hops: ArraySlice<Hop>, _ rows: HopRows) -> [StyledLine] {
        let leg = journey.legs[number]
        var lines: [StyledLine] = []
        if journey.legs.count > 1 {
            let (mark, style) = Self.look(leg.outcome)
            var line = StyledLine()
            line.append("Leg \(number + 1) of \(journey.legs.count)", .bold)
            var end = StyledLine(
                "  \(Self.clock(leg.start))  \(DurationText.string(nanoseconds: leg.durationNanoseconds))  ")
            if line.width + end.width + 12 > width {
                lines.append(line)
                line = StyledLine()
                end = StyledLine("  \(Self.clock(leg.start))")
                lines.append(end)
                line.append("  \(DurationText.string(nanoseconds: leg.durationNanoseconds))  ")
            } else {
                line.append(end)
            }
            line.append("\(mark) \(leg.outcome.rawValue)", style)
            lines.append(line)
        }
        for trace in leg.traces.prefix(Self.maximumTraces) { lines.append(StyledLine("trace \(trace)", .dim)) }
        if leg.traces.count > Self.maximumTraces {
            lines.append(StyledLine("and \(leg.traces.count - Self.maximumTraces) more traces", .dim))
        }
        let offset = leg.start.nanoseconds - journey.summary.start.nanoseconds
        let waterfall = Waterfall(width: width)
        lines.append(waterfall.header("hop", scale: leg.durationNanoseconds))
        return lines
            + waterfall.lines(hops.map { rows.row($0, legOffset: offset) }, scale: leg.durationNanoseconds)
    }

    private func notes() -> [StyledLine] {
        let completeness = journey.completeness
        var lines: [StyledLine] = []
        if !completeness.missing.isEmpty {
            lines += [StyledLine(), StyledLine("Missing", .bold)]
            lines += list(completeness.missing.map(\.sentence))
        }
        if !completeness.gaps.isEmpty {
            lines += [StyledLine(), StyledLine("Gaps at that time", .bold)]
            lines += list(completeness.gaps.map(GapSentence.text))
        }
        var remarks: [String] = []
        if completeness.hopsOutOfOrder > 0 {
            remarks.append(
                "\(Self.counted(completeness.hopsOutOfOrder, "hop starts", "hops start")) before the one above: clocks "
                    + "differ. Times are as they were recorded.")
        }
        if completeness.conflictingSpans > 0 {
            remarks.append(
                "\(Self.counted(completeness.conflictingSpans, "hop has", "hops have")) a second span with the same "
                    + "ids and different content; both are kept.")
        }
        for trace in journey.traces where trace.isBulk {
            remarks.append(
                "Trace \(trace.traceID) carries many transactions; \(trace.contributedSpans) of its \(trace.spans) "
                    + "spans belong to this one.")
        }
        if !remarks.isEmpty {
            lines += [StyledLine(), StyledLine("Notes", .bold)]
            lines += list(remarks)
        }
        return lines
    }

    private func list(_ sentences: [String]) -> [StyledLine] {
        var lines = sentences.prefix(Self.maximumListed).flatMap { TextWrap.paragraph("· ", $0, width: width) }
        if sentences.count > Self.maximumListed {
            lines.append(StyledLine("· and \(sentences.count - Self.maximumListed) more (--json has all)"))
        }
        return lines
    }

    private func next() -> [StyledLine] {
        guard let trace = journey.traces.first else { return [] }
        return TextWrap.paragraph(
            "", "waybill trace \(trace.traceID) --verbose shows every span", width: width, style: .dim)
    }

    static func look(_ outcome: HopOutcome) -> (mark: String, style: Style) {
        switch outcome {
        case .succeeded: ("✓", .good)
        case .refused: ("!", .warning)
        case .failed: ("✗", .boldBad)
        case .unknown: ("?", .warning)
        }
    }

    /// `2026-11-03 09:14:22.104 UTC`.
    static func clock(_ time: Timestamp) -> String {
        time.formatted(decimals: 3).replacing("T", with: " ").replacing("Z", with: " UTC")
    }

    static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}

/// Strings, each once, in order.
private struct Distinct {
    var values: [String] = []

    init(_ strings: [String]) {
        for string in strings where !values.contains(string) { values.append(string) }
    }
}

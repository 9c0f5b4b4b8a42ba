import Telemetry

/// A gap as one sentence.
enum GapSentence {
    static func text(_ gap: JourneyGap) -> String {
        let who = gap.instance.isEmpty ? gap.principal : "\(gap.instance) (\(gap.principal))"
        let time = span(gap.from, gap.to)
        let reason = gap.reason.map { ": \($0)" } ?? ""
        switch gap.kind {
        case .recordedLoss:
            let count = gap.spans.map { $0 == 1 ? "1 span" : "\($0) spans" } ?? "spans"
            return "\(who) dropped \(count)\(time)\(reason)."
        case .missingSequences:
            return "\(who) sent \(batches(gap)) that never arrived\(time)\(reason)."
        case .unknownTail:
            return "\(who) ended without saying which batch was its last\(reason); spans\(time) may be lost."
        }
    }

    private static func batches(_ gap: JourneyGap) -> String {
        switch (gap.firstSequence, gap.lastSequence) {
        case (let first?, let last?) where first == last: "batch \(first)"
        case (let first?, let last?): "batches \(first) to \(last)"
        case (let first?, nil): "batches from \(first) on"
        default: "batches"
        }
    }

    private static func span(_ from: Timestamp?, _ to: Timestamp?) -> String {
        switch (from, to) {
        case (let from?, let to?): " between \(JourneyPage.clock(from)) and \(JourneyPage.clock(to))"
        case (let from?, nil): " after \(JourneyPage.clock(from))"
        case (nil, let to?): " before \(JourneyPage.clock(to))"
        default: ""
        }
    }
}

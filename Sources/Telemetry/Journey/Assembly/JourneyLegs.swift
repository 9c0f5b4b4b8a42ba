/// Sums up the hops of each leg.
enum JourneyLegs {
    static func legs(_ tree: HopTree, _ hops: [Hop]) -> [JourneyLeg] {
        var legs: [JourneyLeg] = []
        var first = 0
        while first < hops.count {
            var last = first
            while last + 1 < hops.count, tree.leg[last + 1] == tree.leg[first] { last += 1 }
            legs.append(leg(tree, hops, first...last))
            first = last + 1
        }
        return legs
    }

    private static func leg(_ tree: HopTree, _ hops: [Hop], _ range: ClosedRange<Int>) -> JourneyLeg {
        var traces = Distinct()
        var services = Distinct()
        var start = UInt64.max
        var end: UInt64 = 0
        for hop in range {
            traces.insert(hops[hop].traceID)
            for span in [hops[hop].caller, hops[hop].callee] { if let span { services.insert(span.service) } }
            start = min(start, tree.hops[hop].start)
            end = max(end, tree.hops[hop].end)
        }
        let roots = range.filter { hops[$0].parent == nil }
        let outcomes = roots.map {
            (start: tree.hops[$0].start, end: tree.hops[$0].end, outcome: hops[$0].outcome)
        }
        return JourneyLeg(
            start: Timestamp(nanoseconds: start), durationNanoseconds: end - start,
            outcome: JourneyVerdict.outcome(outcomes), traces: traces.values, roots: roots,
            hops: range.count { hops[$0].form == .request || hops[$0].form == .message }, services: services.values)
    }
}

/// Strings in the order of their first appearance.
struct Distinct {
    private(set) var values: [String] = []
    private var seen: Set<String> = []

    mutating func insert(_ value: String) { if seen.insert(value).inserted { values.append(value) } }
}

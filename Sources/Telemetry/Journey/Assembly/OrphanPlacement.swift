/// Places hops that begin a tree of their own under the hop they were made from: services that do not forward trace
/// headers start a new trace with each call, and spans whose parent was lost hang in the air.
///
/// The one hop that a root belongs under is received by the root's caller (same principal, else same service) and
/// contains the root in time. Where several do, and are not above one another, nobody can tell: the root stays alone.
struct OrphanPlacement {
    /// More hops than this around one root are not told apart.
    private static let maximumCandidates = 16
    /// Nor hops that lie further below one another.
    private static let maximumDistance = 64

    private let spans: [StoredSpan]
    private var hops: [HopDraft]
    private var byPrincipal: [String: IntervalIndex] = [:]
    private var byService: [String: IntervalIndex] = [:]
    /// Towards the root of each hop's tree, shortened as it is walked.
    private var above: [Int]

    static func place(_ hops: [HopDraft], spans: [StoredSpan]) -> [HopDraft] {
        var placement = OrphanPlacement(hops, spans: spans)
        for position in hops.indices where placement.hops[position].parent < 0 { placement.place(position) }
        return placement.hops
    }

    private init(_ hops: [HopDraft], spans: [StoredSpan]) {
        self.hops = hops
        self.spans = spans
        above = hops.map(\.parent)
        var principals: [String: [IntervalIndex.Interval]] = [:]
        var services: [String: [IntervalIndex.Interval]] = [:]
        for position in hops.indices {
            guard let received = receiver(position) else { continue }
            let interval = IntervalIndex.Interval(start: received.start, end: received.end, value: position)
            if let principal = received.principal { principals[principal, default: []].append(interval) }
            if let service = received.service { services[service, default: []].append(interval) }
        }
        byPrincipal = principals.mapValues(IntervalIndex.init)
        byService = services.mapValues(IntervalIndex.init)
    }

    private struct Party {
        var principal: String?
        var service: String?
        var start: UInt64 = 0
        var end: UInt64 = 0
    }

    /// Who received a hop, and when: calls made in that time may be its own.
    private func receiver(_ position: Int) -> Party? {
        let hop = hops[position]
        if hop.form == .missing || hop.cutsCycle && hop.hasConflict { return nil }
        if hop.callee >= 0 {
            // Work inside a service is the root of what the service does; below a root it adds nothing.
            if hop.form == .internal, hop.parent >= 0 { return nil }
            let span = spans[hop.callee].span
            return Party(
                principal: span.attributes.text(SpanAttribute.principal), service: span.resource.serviceName,
                start: span.startNanoseconds, end: span.endNanoseconds)
        }
        let span = spans[hop.caller].span
        return Party(
            principal: span.attributes.text(SpanAttribute.peerPrincipal),
            service: span.attributes.text(SpanAttribute.peerService),
            start: span.startNanoseconds, end: span.endNanoseconds)
    }

    /// Who made a root's request.
    private func maker(_ position: Int) -> Party {
        let hop = hops[position]
        if hop.form == .missing { return Party(principal: hop.missingPrincipal, service: hop.missingService) }
        let span = spans[hop.lead].span
        if hop.caller < 0, hop.form != .internal {
            return Party(principal: span.attributes.text(SpanAttribute.peerPrincipal))
        }
        return Party(
            principal: span.attributes.text(SpanAttribute.principal), service: span.resource.serviceName)
    }

    private mutating func place(_ root: Int) {
        let maker = maker(root)
        var index = maker.principal.flatMap { byPrincipal[$0] }
        if index == nil { index = maker.service.flatMap { byService[$0] } }
        guard let index else { return }
        let around = index.containing(hops[root].start, hops[root].end, limit: Self.maximumCandidates)
        guard around.count < Self.maximumCandidates else { return }
        let candidates = around.filter { top($0) != root }
        guard let host = innermost(candidates) else { return }
        hops[root].parent = host
        hops[root].linkedBy = .transaction
        above[root] = host
    }

    /// The candidate that all others lie above.
    private func innermost(_ candidates: [Int]) -> Int? {
        guard candidates.count > 1 else { return candidates.first }
        for candidate in candidates {
            var missing = Set(candidates)
            var position = candidate
            for _ in 0..<Self.maximumDistance where position >= 0 && !missing.isEmpty {
                missing.remove(position)
                position = hops[position].parent
            }
            if missing.isEmpty { return candidate }
        }
        return nil
    }

    /// The root of a hop's tree.
    private mutating func top(_ hop: Int) -> Int {
        var root = hop
        while above[root] >= 0 { root = above[root] }
        var position = hop
        while above[position] >= 0 {
            let next = above[position]
            above[position] = root
            position = next
        }
        return root
    }
}

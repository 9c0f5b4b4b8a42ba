/// Builds a journey step by step; each step works on positions in arrays, so that neither depth nor number of spans
/// can overflow a stack, and the whole costs n log n.
struct JourneyAssembly {
    let transaction: String
    let spans: [StoredSpan]
    let groups: SpanGroups
    let membership: Membership
    let tree: HopTree

    init(transaction: String, kinds: [TransactionKey], spans unsorted: [StoredSpan], rules: TransactionRules) {
        self.transaction = transaction
        spans = SpanOrder.sortedDistinct(unsorted)
        groups = SpanGroups(spans)
        membership = Membership(
            transaction: transaction, kinds: kinds, spans: spans, groups: groups, rules: rules)
        let joined = HopJoin(spans: spans, groups: groups, contributes: membership.contributes)
        tree = HopTree(OrphanPlacement.place(joined.hops, spans: spans))
    }

    func journey(gaps: [JourneyGap]) -> Journey {
        let start = tree.hops.map(\.start).min() ?? 0
        let end = tree.hops.map(\.end).max() ?? 0
        var hops: [Hop] = []
        hops.reserveCapacity(tree.hops.count)
        for position in tree.hops.indices { hops.append(hop(position, journeyStart: start)) }
        RetryChains.mark(&hops)
        let legs = JourneyLegs.legs(tree, hops)
        let contributed = contributions()
        let completeness = JourneyAudit.completeness(
            hops, drafts: tree.hops, gaps: gaps.filter { $0.mayTouch(start, end) })
        return Journey(
            transaction: transaction, keys: membership.keys, alsoKnownAs: membership.alsoKnownAs,
            summary: JourneyVerdict.summary(
                hops, legs: legs, start: start, end: end, spans: contributed.reduce(0) { $0 + $1.contributedSpans }),
            completeness: completeness, legs: legs, traces: contributed, hops: hops)
    }

    private func hop(_ position: Int, journeyStart: UInt64) -> Hop {
        let draft = tree.hops[position]
        let caller = draft.caller >= 0 ? spans[draft.caller].span : nil
        let callee = draft.callee >= 0 ? spans[draft.callee].span : nil
        let parent = draft.parent >= 0 ? tree.hops[draft.parent] : nil
        let reading = HopReading(caller: caller, callee: callee, form: draft.form)
        return Hop(
            id: position, parent: draft.parent >= 0 ? draft.parent : nil, depth: tree.depth[position],
            leg: tree.leg[position], form: draft.form, linkedBy: draft.linkedBy, traceID: draft.traceID.description,
            service: draft.form == .missing ? draft.missingService ?? "unknown" : reading.service,
            operation: reading.operation,
            caller: draft.caller >= 0 ? HopSpan(spans[draft.caller]) : nil,
            callee: draft.callee >= 0 ? HopSpan(spans[draft.callee]) : nil,
            callerPrincipal: reading.callerPrincipal,
            calleePrincipal: draft.form == .missing ? draft.missingPrincipal : reading.calleePrincipal,
            decision: reading.decision, policyRule: reading.policyRule, policyRevision: reading.policyRevision,
            attempt: reading.attempt, outcome: reading.outcome,
            httpStatus: reading.httpStatus, grpcStatus: reading.grpcStatus, errorMessage: reading.errorMessage,
            responseFlags: reading.responseFlags,
            startOffsetNanoseconds: draft.start - journeyStart,
            durationNanoseconds: draft.lead >= 0
                ? spans[draft.lead].span.durationNanoseconds : draft.end - draft.start,
            startsEarlyNanoseconds: startsEarly(draft, below: parent),
            hasConflict: draft.hasConflict, cutsCycle: draft.cutsCycle,
            transactions: draft.group >= 0 ? transactions(draft) : [])
    }

    private func startsEarly(_ draft: HopDraft, below parent: HopDraft?) -> UInt64? {
        var early: UInt64 = 0
        if draft.caller >= 0, draft.callee >= 0 {
            let (caller, callee) = (
                spans[draft.caller].span.startNanoseconds, spans[draft.callee].span.startNanoseconds
            )
            if callee < caller { early = caller - callee }
        }
        if let parent, parent.form != .missing, draft.lead >= 0 {
            let above = spans[parent.callee >= 0 ? parent.callee : parent.caller].span.startNanoseconds
            let own = spans[draft.lead].span.startNanoseconds
            if own < above { early = max(early, above - own) }
        }
        return early == 0 ? nil : early
    }

    private func transactions(_ draft: HopDraft) -> [TransactionKey] {
        var keys = membership.ownKeys[draft.group]
        if draft.callee >= 0, draft.caller >= 0,
            let below = groups.find(draft.traceID, spans[draft.callee].span.spanID), below != draft.group
        {
            for key in membership.ownKeys[below] where !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    private func contributions() -> [JourneyTrace] {
        struct Extent {
            var start = UInt64.max
            var end: UInt64 = 0
            var spans = 0
            var contributed = 0
        }
        var extents: [TraceID: Extent] = [:]
        for (position, group) in groups.groups.enumerated() {
            var members = group.conflicting
            for role in [group.caller, group.callee, group.other] where role >= 0 { members.append(role) }
            for member in members {
                let span = spans[member].span
                extents[group.key.traceID, default: Extent()].start.formMinimum(span.startNanoseconds)
                extents[group.key.traceID, default: Extent()].end.formMaximum(
                    max(span.startNanoseconds, span.endNanoseconds))
            }
            extents[group.key.traceID, default: Extent()].spans += members.count
            if membership.contributes[position] {
                extents[group.key.traceID, default: Extent()].contributed += members.count
            }
        }
        return extents.sorted { ($0.value.start, $0.key) < ($1.value.start, $1.key) }.map { id, extent in
            JourneyTrace(
                traceID: id.description, start: Timestamp(nanoseconds: extent.start),
                durationNanoseconds: extent.end - extent.start, spans: extent.spans,
                contributedSpans: extent.contributed, isBulk: membership.bulkTraces.contains(id))
        }
    }
}

extension UInt64 {
    fileprivate mutating func formMinimum(_ other: UInt64) { self = Swift.min(self, other) }
    fileprivate mutating func formMaximum(_ other: UInt64) { self = Swift.max(self, other) }
}

/// Makes hops of spans: caller's and callee's span of one request become one hop.
struct HopJoin {
    private(set) var hops: [HopDraft] = []
    private let spans: [StoredSpan]
    private let groups: SpanGroups
    private let contributes: [Bool]
    /// By group; -1 where the group has none (yet).
    private var hopOfGroup: [Int]

    init(spans: [StoredSpan], groups: SpanGroups, contributes: [Bool]) {
        self.spans = spans
        self.groups = groups
        self.contributes = contributes
        hopOfGroup = [Int](repeating: -1, count: groups.groups.count)
        makeHops()
        findParents()
        standInForMissingParents()
    }

    private mutating func makeHops() {
        var calleeOf = [Int](repeating: -1, count: groups.groups.count)
        var isJoined = [Bool](repeating: false, count: groups.groups.count)
        for position in groups.groups.indices where contributes[position] {
            let group = groups.groups[position]
            // A callee that shares its caller's span id needs no joining.
            guard group.callee >= 0, group.caller < 0, let above = groups.parent(of: position), above != position,
                contributes[above], calleeOf[above] < 0
            else { continue }
            let caller = groups.groups[above]
            guard caller.caller >= 0, caller.callee < 0,
                spans[caller.caller].span.kind.isMessaging == spans[group.callee].span.kind.isMessaging
            else { continue }
            calleeOf[above] = position
            isJoined[position] = true
        }
        for position in groups.groups.indices where contributes[position] {
            let group = groups.groups[position]
            let joined = calleeOf[position]
            let callee = joined >= 0 ? groups.groups[joined].callee : group.callee
            if !isJoined[position], group.caller >= 0 || callee >= 0 {
                hopOfGroup[position] = hops.count
                if joined >= 0 { hopOfGroup[joined] = hops.count }
                append(caller: group.caller, callee: callee, group: position)
            }
            if group.other >= 0 {
                if hopOfGroup[position] < 0, !isJoined[position] { hopOfGroup[position] = hops.count }
                append(caller: -1, callee: group.other, group: position)
                hops[hops.count - 1].hasConflict = group.caller >= 0 || group.callee >= 0
            }
        }
        for position in groups.groups.indices where contributes[position] {
            for span in groups.groups[position].conflicting {
                let isCaller = spans[span].span.kind == .client || spans[span].span.kind == .producer
                append(caller: isCaller ? span : -1, callee: isCaller ? -1 : span, group: position)
                hops[hops.count - 1].hasConflict = true
            }
            if !groups.groups[position].conflicting.isEmpty { hops[hopOfGroup[position]].hasConflict = true }
        }
    }

    private mutating func append(caller: Int, callee: Int, group: Int) {
        let lead = spans[caller >= 0 ? caller : callee].span
        let form: Hop.Form =
            switch lead.kind {
            case .client, .server: .request
            case .producer, .consumer: .message
            default: .internal
            }
        var hop = HopDraft(
            form: form, caller: caller, callee: callee, group: group, traceID: lead.traceID,
            start: lead.startNanoseconds, end: max(lead.startNanoseconds, lead.endNanoseconds))
        // Both of one hop: the store marks spans that share their ids, which a caller and a callee may.
        let shares = caller >= 0 && callee >= 0 && spans[caller].span.spanID == spans[callee].span.spanID
        hop.hasConflict = !shares && [caller, callee].contains { $0 >= 0 && spans[$0].hasConflict }
        if caller >= 0, callee >= 0 {
            let callee = spans[callee].span
            hop.start = min(hop.start, callee.startNanoseconds)
            hop.end = max(hop.end, callee.startNanoseconds, callee.endNanoseconds)
        }
        hops.append(hop)
    }

    private mutating func findParents() {
        for position in hops.indices {
            let group = groups.groups[hops[position].group]
            hops[position].cutsCycle = group.namesItself
            guard group.parentSpanID.isValid else { continue }
            if let above = groups.parent(of: hops[position].group), hopOfGroup[above] >= 0 {
                hops[position].parent = hopOfGroup[above]
            } else {
                hops[position].missingParent = group.parentSpanID
            }
        }
        cutCycles()
    }

    /// A circle of parents is cut open at its first hop in order.
    private mutating func cutCycles() {
        var state = [UInt8](repeating: 0, count: hops.count)
        var path: [Int] = []
        for start in hops.indices where state[start] == 0 {
            var position = start
            while position >= 0, state[position] == 0 {
                state[position] = 1
                path.append(position)
                position = hops[position].parent
            }
            if position >= 0, state[position] == 1, let entry = path.firstIndex(of: position),
                let first = path[entry...].min()
            {
                hops[first].parent = -1
                hops[first].cutsCycle = true
            }
            for visited in path { state[visited] = 2 }
            path.removeAll(keepingCapacity: true)
        }
    }

    /// Puts a hop in the place of each parent that is not stored, unless its only child is a callee's span: that is
    /// a hop itself, without its caller's span.
    private mutating func standInForMissingParents() {
        var children: [SpanGroups.Key: [Int]] = [:]
        var order: [SpanGroups.Key] = []
        for position in hops.indices where hops[position].missingParent.isValid {
            let key = SpanGroups.Key(traceID: hops[position].traceID, spanID: hops[position].missingParent)
            if children[key] == nil { order.append(key) }
            children[key, default: []].append(position)
        }
        for key in order {
            guard let below = children[key] else { continue }
            if below.count == 1, hops[below[0]].caller < 0, hops[below[0]].form != .internal { continue }
            var hop = HopDraft(
                form: .missing, group: -1, traceID: key.traceID, missingParent: key.spanID,
                start: below.map { hops[$0].start }.min() ?? 0, end: below.map { hops[$0].end }.max() ?? 0)
            let spansBelow = below.map { (spans[hops[$0].lead].span, isCallee: isCallee($0)) }
            let services = Set(spansBelow.filter { !$0.isCallee }.map(\.0.resource.serviceName))
            let principals = Set(
                spansBelow.compactMap {
                    $0.0.attributes.text($0.isCallee ? SpanAttribute.peerPrincipal : SpanAttribute.principal)
                })
            hop.missingService = services.count == 1 ? services.first : nil
            hop.missingPrincipal = principals.count == 1 ? principals.first : nil
            for position in below {
                hops[position].parent = hops.count
                hops[position].missingParent = .none
            }
            hops.append(hop)
        }
    }

    private func isCallee(_ hop: Int) -> Bool { hops[hop].caller < 0 && hops[hop].form != .internal }
}

extension SpanKind {
    var isMessaging: Bool { self == .producer || self == .consumer }
}

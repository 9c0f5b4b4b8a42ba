/// Which spans of its traces belong to a transaction.
///
/// A trace in which no kind of id has two values is about one operation and belongs as a whole. A bulk trace (a
/// settlement run) contributes the spans that carry the transaction and what hangs below them, their ancestors, and
/// shared spans: those that carry no transaction and do not hang below one that carries only others. An id of another
/// kind below a span of the transaction is the transaction's own, by another name.
struct Membership {
    /// The keys that name the transaction, found on spans or asked for.
    private(set) var keys: [TransactionKey]
    private(set) var alsoKnownAs: [TransactionKey] = []
    /// By group.
    private(set) var contributes: [Bool]
    private(set) var bulkTraces: Set<TraceID> = []
    /// By group: what its own spans name.
    private(set) var ownKeys: [[TransactionKey]]

    private enum Standing { case unknown, visiting, shared, ours, others }

    init(
        transaction: String, kinds: [TransactionKey], spans: [StoredSpan], groups: SpanGroups, rules: TransactionRules
    ) {
        keys = kinds
        if keys.isEmpty {
            keys = rules.kinds.compactMap { kind in
                rules.normalise(transaction, kind: kind).map { TransactionKey(kind: kind, value: $0) }
            }
        }
        ownKeys = groups.groups.map { group in
            var found: [TransactionKey] = []
            var seen: Set<TransactionKey> = []
            let roles = [group.caller, group.callee, group.other].filter { $0 >= 0 }
            for position in roles + group.conflicting {
                for key in rules.keys(of: spans[position].span) where seen.insert(key).inserted { found.append(key) }
            }
            return found
        }
        contributes = [Bool](repeating: true, count: groups.groups.count)
        if kinds.isEmpty {
            let present = Set(ownKeys.joined())
            keys.removeAll { !present.contains($0) }
        }
        findAliases()
        findBulkTraces(groups)
        if !bulkTraces.isEmpty { thinBulkTraces(groups) }
    }

    /// Ids that stand beside the transaction's and never beside another one of its kind, if they are the only ones of
    /// their kind that do: a payment's UETR beside its payment id, but not the number of the batch it was settled in.
    /// A span that names several ids of one kind (a settlement message) does not say which is whose.
    private mutating func findAliases() {
        let ours = Set(keys)
        let kinds = Set(keys.map(\.kind))
        var beside: Set<TransactionKey> = []
        var besideOthers: Set<TransactionKey> = []
        for own in ownKeys where own.count > 1 {
            guard Set(own.map(\.kind)).count == own.count else { continue }
            let namesUs = own.contains { ours.contains($0) }
            let namesOthers = own.contains { kinds.contains($0.kind) && !ours.contains($0) }
            for key in own where !kinds.contains(key.kind) {
                if namesUs { beside.insert(key) }
                if namesOthers { besideOthers.insert(key) }
            }
        }
        let candidates = Dictionary(grouping: beside.subtracting(besideOthers), by: \.kind)
        alsoKnownAs = candidates.values.filter { $0.count == 1 }.flatMap { $0 }.sorted { $0.kind < $1.kind }
    }

    private mutating func findBulkTraces(_ groups: SpanGroups) {
        let ours = Set(keys + alsoKnownAs)
        var values: [TraceID: [String: String]] = [:]
        var carriers: Set<TraceID> = []
        for (position, own) in ownKeys.enumerated() where !own.isEmpty {
            let trace = groups.groups[position].key.traceID
            for key in own {
                if ours.contains(key) { carriers.insert(trace) }
                if let known = values[trace]?[key.kind] {
                    if known != key.value { bulkTraces.insert(trace) }
                } else {
                    values[trace, default: [:]][key.kind] = key.value
                }
            }
        }
        // A trace that does not carry the id by these rules was found by earlier ones: it belongs as a whole.
        bulkTraces.formIntersection(carriers)
    }

    private mutating func thinBulkTraces(_ groups: SpanGroups) {
        let ours = Set(keys + alsoKnownAs)
        let kinds = Set(ours.map(\.kind))
        let standing = inherit(groups) { position, above in
            let own = ownKeys[position]
            if own.isEmpty { return above }
            if own.contains(where: { ours.contains($0) }) { return .ours }
            return above == .ours && own.allSatisfy { !kinds.contains($0.kind) } ? .ours : .others
        }
        var isAncestor = [Bool](repeating: false, count: standing.count)
        for position in standing.indices where standing[position] == .ours {
            var above = groups.parent(of: position)
            while let ancestor = above, !isAncestor[ancestor] {
                isAncestor[ancestor] = true
                above = groups.parent(of: ancestor)
            }
        }
        // Shared spans below an ancestor are shared, whatever that ancestor is called.
        let final = inherit(groups) { position, above in
            if standing[position] == .ours { return .ours }
            if isAncestor[position] { return .shared }
            return ownKeys[position].isEmpty ? above : .others
        }
        for position in final.indices where bulkTraces.contains(groups.groups[position].key.traceID) {
            contributes[position] = final[position] != .others
        }
    }

    /// Decides every group after the one above it, without recursion; a circle of parents starts anywhere in it.
    private func inherit(_ groups: SpanGroups, _ decide: (Int, Standing) -> Standing) -> [Standing] {
        var standing = [Standing](repeating: .unknown, count: groups.groups.count)
        var path: [Int] = []
        for start in standing.indices where standing[start] == .unknown {
            var next: Int? = start
            while let position = next, standing[position] == .unknown {
                standing[position] = .visiting
                path.append(position)
                next = groups.parent(of: position)
            }
            while let position = path.popLast() {
                let above = groups.parent(of: position).map { standing[$0] } ?? .shared
                standing[position] = decide(position, above == .visiting ? .shared : above)
            }
        }
        return standing
    }
}

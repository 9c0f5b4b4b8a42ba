import Mesh

/// Picks endpoints of a cluster, or of the subset of it that a route asks for. One worker's own.
package struct Balancer {
    private enum Table {
        case none
        case ring(HashRing)
        case maglev(MaglevTable)
    }

    private let settings: LoadBalancing
    private let slowStart: UInt64
    private let decay: UInt64
    /// Indices of the cluster's endpoints.
    private let members: [Int]
    private let table: Table
    /// Members that may be picked, as of `revision`; all of them in a panic.
    private var local: [Int] = []
    private var remote: [Int] = []
    private var localShare = 1.0
    private var revision = -1
    package private(set) var isPanicking = false
    private var cursor: Int
    /// Of smooth weighted round robin, by endpoint.
    private var credit: [Double]

    /// - Parameter cursor: Where round robin starts; workers must not all start with the same endpoint.
    package init(_ settings: LoadBalancing, endpoints: [Endpoint], subset: EndpointLabels = .none, cursor: Int = 0) {
        self.settings = settings
        self.cursor = cursor
        slowStart = UInt64(settings.slowStartMilliseconds) * 1_000_000
        decay = UInt64(settings.decayMilliseconds) * 1_000_000
        let members = endpoints.indices.filter { endpoints[$0].labels.contain(subset) }
        self.members = members
        credit = [Double](repeating: 0, count: endpoints.count)
        let names = members.map { Array(endpoints[$0].address.description.utf8) }
        let weights = members.map { endpoints[$0].weight }
        table =
            switch settings.policy {
            case .ringHash where !members.isEmpty: .ring(HashRing(names: names, weights: weights))
            case .maglev where !members.isEmpty: .maglev(MaglevTable(names: names, weights: weights))
            default: .none
            }
    }

    /// An endpoint for the next request.
    ///
    /// - Parameters:
    ///   - loads: Of all endpoints of the cluster.
    ///   - revision: Grows with each change of availability.
    ///   - hash: Of the value that consistent balancing goes by.
    ///   - avoiding: An endpoint that has just failed; taken only when there is no other.
    /// - Returns: `nil` when no endpoint is available and the panic threshold is zero.
    package mutating func pick(
        _ loads: [EndpointLoad], revision: Int, hash: UInt64? = nil, avoiding: Int? = nil, now: UInt64,
        random: inout FastRandom
    ) -> Int? {
        if revision != self.revision { refresh(loads, revision) }
        if local.isEmpty, remote.isEmpty { return nil }
        if local.count + remote.count == 1 { return local.first ?? remote.first }
        if let hash, let chosen = consistent(hash, loads, avoiding) { return chosen }
        let usesLocal = localShare >= 1 || !local.isEmpty && random.fraction() < localShare
        let preferred = usesLocal ? local : remote
        // The one to be avoided may be the only one near by.
        let candidates = preferred.count == 1 && preferred[0] == avoiding ? local + remote : preferred
        return spread(candidates, loads, avoiding, now, &random)
    }

    /// Whether the endpoint may be picked, as of the last pick.
    package func offers(_ endpoint: Int) -> Bool { local.contains(endpoint) || remote.contains(endpoint) }

    private mutating func refresh(_ loads: [EndpointLoad], _ revision: Int) {
        self.revision = revision
        let available = members.filter { loads[$0].isAvailable }
        let threshold = settings.panicPercent.fraction * Double(members.count)
        isPanicking = settings.panicPercent != .none && Double(available.count) < threshold
        let usable = isPanicking ? members : available
        local = usable.filter { loads[$0].isLocal }
        remote = usable.filter { !loads[$0].isLocal }
        let known = members.lazy.filter { loads[$0].isLocal }.count
        // Envoy's overprovisioning factor: near endpoints can take 1.4 times their usual load.
        localShare = local.isEmpty ? 0 : remote.isEmpty ? 1 : min(1, 1.4 * Double(local.count) / Double(known))
    }

    private func consistent(_ hash: UInt64, _ loads: [EndpointLoad], _ avoiding: Int?) -> Int? {
        let isUsable: (Int) -> Bool = { member in
            let index = members[member]
            return index != avoiding && (isPanicking || loads[index].isAvailable)
        }
        switch table {
        case .none: return nil
        case .ring(let ring): return ring.member(for: hash, accepts: isUsable).map { members[$0] }
        case .maglev(let table): return table.member(for: hash, accepts: isUsable).map { members[$0] }
        }
    }

    // MARK: Without a hash

    private mutating func spread(
        _ candidates: [Int], _ loads: [EndpointLoad], _ avoiding: Int?, _ now: UInt64, _ random: inout FastRandom
    ) -> Int {
        switch settings.policy {
        case .roundRobin: return inTurn(candidates, loads, avoiding, now)
        case .random, .ringHash, .maglev:
            return weighted(candidates, loads, avoiding, now, &random)
        case .leastRequest, .peakEWMA:
            var best = -1
            var bestCost = Double.infinity
            for _ in 0..<settings.choices {
                var index = candidates[random.index(below: candidates.count)]
                if index == avoiding { index = another(than: index, candidates, &random) }
                let cost = cost(loads[index], now)
                if cost < bestCost { (best, bestCost) = (index, cost) }
            }
            return best
        }
    }

    private func cost(_ load: EndpointLoad, _ now: UInt64) -> Double {
        let requests = Double(load.active + 1) / load.weight(now: now, slowStart: slowStart)
        // Without any answer yet an endpoint costs next to nothing: it must be tried to be known.
        return settings.policy == .peakEWMA ? (load.latency.value(now: now, decay: decay) + 1) * requests : requests
    }

    private func another(than index: Int, _ candidates: [Int], _ random: inout FastRandom) -> Int {
        guard candidates.count > 1, let place = candidates.firstIndex(of: index) else { return index }
        let offset = 1 + random.index(below: candidates.count - 1)
        return candidates[(place + offset) % candidates.count]
    }

    private func weighted(
        _ candidates: [Int], _ loads: [EndpointLoad], _ avoiding: Int?, _ now: UInt64, _ random: inout FastRandom
    ) -> Int {
        var total = 0.0
        for index in candidates where index != avoiding { total += loads[index].weight(now: now, slowStart: slowStart) }
        var rest = random.fraction() * total
        var last = candidates[0]
        for index in candidates where index != avoiding {
            last = index
            rest -= loads[index].weight(now: now, slowStart: slowStart)
            if rest < 0 { break }
        }
        return last
    }

    /// Smooth weighted round robin: each gets credit by its weight, the richest pays for all.
    private mutating func inTurn(
        _ candidates: [Int], _ loads: [EndpointLoad], _ avoiding: Int?, _ now: UInt64
    ) -> Int {
        let count = candidates.count
        var total = 0.0
        var best = -1
        for offset in 0..<count {
            let index = candidates[(cursor + offset) % count]
            if index == avoiding { continue }
            let weight = loads[index].weight(now: now, slowStart: slowStart)
            credit[index] += weight
            total += weight
            if best < 0 || credit[index] > credit[best] { best = index }
        }
        guard best >= 0 else { return candidates[0] }
        credit[best] -= total
        return best
    }
}

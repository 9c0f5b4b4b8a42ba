import Mesh
import Proxy
import Testing

@Suite struct BalancerTests {
    static func endpoints(_ weights: [Int], local: (Int) -> Bool = { _ in true }) -> [Endpoint] {
        weights.enumerated().map { index, weight in
            Endpoint(
                HostPort(host: "10.0.0.\(index + 1)", port: 15006), weight: weight,
                locality: local(index) ? "here" : "there", labels: EndpointLabels(["n": "\(index % 2)"]))
        }
    }

    static func loads(_ endpoints: [Endpoint]) -> [EndpointLoad] {
        endpoints.map { EndpointLoad(weight: $0.weight, isLocal: $0.locality == "here") }
    }

    /// How often each endpoint is picked.
    static func shares(
        _ settings: LoadBalancing, _ endpoints: [Endpoint], _ loads: [EndpointLoad], count: Int = 10_000,
        now: UInt64 = 1, hash: ((Int) -> UInt64)? = nil, seed: UInt64 = 7
    ) -> [Int] {
        var random = FastRandom(seed: seed)
        var balancer = Balancer(settings, endpoints: endpoints)
        var shares = [Int](repeating: 0, count: endpoints.count)
        for number in 0..<count {
            if let index = balancer.pick(loads, revision: 0, hash: hash?(number), now: now, random: &random) {
                shares[index] += 1
            }
        }
        return shares
    }

    @Test func roundRobinGivesEachItsWeightExactly() {
        let endpoints = Self.endpoints([1, 2, 5])
        #expect(
            Self.shares(LoadBalancing(.roundRobin), endpoints, Self.loads(endpoints), count: 800) == [100, 200, 500])
    }

    @Test(arguments: [LoadBalancing.Policy.random, .ringHash, .maglev])
    func sharesFollowWeights(policy: LoadBalancing.Policy) {
        let endpoints = Self.endpoints([100, 200, 500])
        let shares = Self.shares(
            LoadBalancing(policy, hashHeader: policy.needsHash ? "k" : nil), endpoints, Self.loads(endpoints),
            hash: policy.needsHash ? { StableHash.of("account-\($0)".utf8) } : nil)
        for (share, expected) in zip(shares, [1_250, 2_500, 6_250]) {
            #expect(abs(share - expected) < expected * 15 / 100, "\(shares)")
        }
    }

    /// Two choices: the endpoint with most under way loses every comparison, so it is picked only against itself.
    @Test func leastRequestKeepsAwayFromTheBusy() {
        let endpoints = Self.endpoints([1, 1, 1, 1])
        var loads = Self.loads(endpoints)
        loads[2].active = 50
        let shares = Self.shares(LoadBalancing(.leastRequest), endpoints, loads)
        #expect(shares[2] < 800 && shares[0] > 2_500, "\(shares)")
    }

    @Test func peakEWMAKeepsAwayFromTheSlowUntilItIsForgotten() {
        let endpoints = Self.endpoints([1, 1])
        var loads = Self.loads(endpoints)
        let second: UInt64 = 1_000_000_000
        loads[0].latency.observe(nanoseconds: second, now: second, decay: 10 * second)
        loads[1].latency.observe(nanoseconds: second / 100, now: second, decay: 10 * second)
        let settings = LoadBalancing(.peakEWMA)
        #expect(Self.shares(settings, endpoints, loads, now: second)[0] < 3_000)
        // One fast answer does not wipe out a slow one.
        loads[0].latency.observe(nanoseconds: second / 100, now: second, decay: 10 * second)
        #expect(loads[0].latency.value(now: second, decay: 10 * second) == Double(second))
        #expect(loads[0].latency.value(now: 101 * second, decay: 10 * second) < Double(second) / 1_000)
    }

    @Test(arguments: LoadBalancing.Policy.allCases) func theUnavailableAndTheAvoidedGetNothing(
        policy: LoadBalancing.Policy
    ) {
        let endpoints = Self.endpoints([1, 1, 1, 1])
        var loads = Self.loads(endpoints)
        loads[1].isAvailable = false
        var random = FastRandom(seed: 3)
        var balancer = Balancer(
            LoadBalancing(policy, hashHeader: policy.needsHash ? "k" : nil), endpoints: endpoints)
        var seen: Set<Int> = []
        for number in 0..<2_000 {
            let hash = policy.needsHash ? StableHash.mixed(UInt64(number)) : nil
            seen.insert(
                balancer.pick(loads, revision: 0, hash: hash, avoiding: 3, now: 1, random: &random) ?? -1)
        }
        #expect(seen == [0, 2])
        loads[0].isAvailable = false
        loads[2].isAvailable = false
        let calm = LoadBalancing(policy, hashHeader: policy.needsHash ? "k" : nil, panicPercent: .none)
        balancer = Balancer(calm, endpoints: endpoints)
        // The one to be avoided is taken when there is no other.
        #expect(balancer.pick(loads, revision: 0, hash: 1, avoiding: 3, now: 1, random: &random) == 3)
    }

    @Test func whenTooFewAreAvailableAllGetRequestsUnlessToldOtherwise() {
        let endpoints = Self.endpoints([1, 1, 1, 1])
        var loads = Self.loads(endpoints)
        for index in 1...3 { loads[index].isAvailable = false }
        #expect(Self.shares(LoadBalancing(), endpoints, loads, count: 400) == [100, 100, 100, 100])
        loads[1].isAvailable = true
        #expect(Self.shares(LoadBalancing(), endpoints, loads, count: 400) == [200, 200, 0, 0])
        for index in 0...3 { loads[index].isAvailable = false }
        #expect(Self.shares(LoadBalancing(panicPercent: .none), endpoints, loads, count: 4) == [0, 0, 0, 0])
    }

    @Test func aChangeOfAvailabilityCountsFromItsRevision() {
        let endpoints = Self.endpoints([1, 1])
        var loads = Self.loads(endpoints)
        var balancer = Balancer(LoadBalancing(), endpoints: endpoints)
        var random = FastRandom(seed: 1)
        loads[0].isAvailable = false
        #expect((0..<4).map { _ in balancer.pick(loads, revision: 1, now: 1, random: &random) } == [1, 1, 1, 1])
        loads[0].isAvailable = true
        #expect(
            Set((0..<4).map { _ in balancer.pick(loads, revision: 2, now: 1, random: &random) }) == [0, 1])
    }

    @Test func slowStartGrowsWithTime() {
        let endpoints = Self.endpoints([1, 1])
        var loads = Self.loads(endpoints)
        loads[0].returned = 1_000_000_000
        let settings = LoadBalancing(.random, slowStartMilliseconds: 10_000)
        let shares = [1, 6, 11].map { second in
            Self.shares(settings, endpoints, loads, now: UInt64(second) * 1_000_000_000)[0]
        }
        #expect(abs(shares[0] - 909) < 150 && abs(shares[1] - 3_333) < 250 && abs(shares[2] - 5_000) < 250, "\(shares)")
    }

    @Test func theOwnLocalityIsPreferredWhileItCanCope() {
        let endpoints = Self.endpoints([1, 1, 1, 1, 1, 1], local: { $0 < 4 })
        var loads = Self.loads(endpoints)
        let settings = LoadBalancing(.random, locality: "here")
        #expect(Self.shares(settings, endpoints, loads)[4...].allSatisfy { $0 == 0 })
        loads[0].isAvailable = false
        #expect(Self.shares(settings, endpoints, loads)[4...].allSatisfy { $0 == 0 })
        loads[1].isAvailable = false
        // Half of the near ones, at 1.4 times their usual load, take 70 %.
        let shares = Self.shares(settings, endpoints, loads)
        #expect(abs(shares[4] + shares[5] - 3_000) < 250, "\(shares)")
    }

    @Test func aSubsetIsPickedFromAlone() {
        let endpoints = Self.endpoints([1, 1, 1, 1])
        var balancer = Balancer(LoadBalancing(), endpoints: endpoints, subset: EndpointLabels(["n": "1"]))
        var random = FastRandom(seed: 1)
        let loads = Self.loads(endpoints)
        #expect(Set((0..<8).map { _ in balancer.pick(loads, revision: 0, now: 1, random: &random) }) == [1, 3])
    }

    /// What consistent balancing is for: an endpoint that leaves moves only its own keys.
    @Test(arguments: [LoadBalancing.Policy.ringHash, .maglev])
    func aLossMovesOnlyWhatItHad(policy: LoadBalancing.Policy) {
        let endpoints = Self.endpoints(Array(repeating: 1, count: 10))
        var loads = Self.loads(endpoints)
        var random = FastRandom(seed: 5)
        var balancer = Balancer(LoadBalancing(policy, hashHeader: "k"), endpoints: endpoints)
        let hashes = (0..<5_000).map { StableHash.of("account-\($0)".utf8) }
        let before = hashes.map { balancer.pick(loads, revision: 0, hash: $0, now: 1, random: &random) }
        loads[4].isAvailable = false
        let after = hashes.map { balancer.pick(loads, revision: 1, hash: $0, now: 1, random: &random) }
        for (first, second) in zip(before, after) where first != 4 { #expect(first == second) }
        #expect(!after.contains(4))
        // A cluster without that endpoint at all agrees on nearly everything.
        var smaller = Balancer(
            LoadBalancing(policy, hashHeader: "k"),
            endpoints: endpoints.enumerated().filter { $0.offset != 4 }.map(\.element))
        let rest = Self.loads(Array(endpoints.dropLast()))
        var moved = 0
        for (hash, first) in zip(hashes, before) {
            let picked = smaller.pick(rest, revision: 0, hash: hash, now: 1, random: &random).map {
                $0 < 4 ? $0 : $0 + 1
            }
            if first != 4, picked != first { moved += 1 }
        }
        #expect(moved <= (policy == .ringHash ? 0 : 500), "\(moved) of 5000")
    }

    /// Other proxies and other releases must agree.
    @Test func theHashIsFixed() {
        #expect(StableHash.of("".utf8) == 0xC381_7C01_6BA4_FF30)
        #expect(StableHash.of("account-7".utf8) == 0x8168_A0B0_1BB4_ABDB)
    }
}

import Mesh
import Proxy
import Testing

@Suite struct LimitTests {
    static let millisecond: UInt64 = 1_000_000

    @Test func aBucketGivesItsBurstAndThenItsRate() {
        let bucket = TokenBucket(requests: 10, perMilliseconds: 1_000, burst: 3)
        let start: UInt64 = 5_000 * Self.millisecond
        #expect((0..<3).map { _ in bucket.take(now: start) } == [nil, nil, nil])
        #expect(bucket.take(now: start) == 100 * Self.millisecond)
        #expect(bucket.take(now: start + 60 * Self.millisecond) == 40 * Self.millisecond)
        #expect(bucket.take(now: start + 100 * Self.millisecond) == nil)
        #expect(bucket.take(now: start + 100 * Self.millisecond) != nil)
        bucket.giveBack()
        #expect(bucket.take(now: start + 100 * Self.millisecond) == nil)
    }

    /// No thread may take a token that another took.
    @Test func threadsShareOneBucketExactly() async {
        let bucket = TokenBucket(requests: 1, perMilliseconds: 86_400_000, burst: 1_000)
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<1_000).count { _ in bucket.take(now: 1) == nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 1_000)
    }

    @Test func eachPrincipalHasABucketAndThoseBeyondTheBoundShareOne() {
        let limiter = RateLimiter(RateLimit(requests: 1, perMilliseconds: 60_000, scope: .principal))
        #expect(limiter.bucket(for: "spiffe://a/b") === limiter.bucket(for: "spiffe://a/b"))
        #expect(limiter.bucket(for: "spiffe://a/b") !== limiter.bucket(for: "spiffe://a/c"))
        for number in 0..<RateLimit.maximumPrincipals { _ = limiter.bucket(for: "spiffe://a/\(number)") }
        #expect(limiter.bucket(for: "spiffe://a/late") === limiter.bucket(for: ""))
        let whole = RateLimiter(RateLimit(requests: 1))
        #expect(whole.bucket(for: "spiffe://a/b") === whole.bucket(for: "spiffe://a/c"))
    }

    @Test func aBudgetIsAShareWithAFloor() {
        let budget = RetryBudget()
        #expect(budget.allows(retries: 2, requests: 3))
        #expect(!budget.allows(retries: 3, requests: 3))
        #expect(budget.allows(retries: 19, requests: 100))
        #expect(!budget.allows(retries: 20, requests: 100))
    }

    /// A service that answers `capacity` requests in 10 ms and any more one after another settles near its capacity.
    @Test func theLimitFindsWhatTheServiceCanDoInTime() {
        let settings = LoadShedding(targetMilliseconds: 20, maximumConcurrency: 1_000)
        var limit = ConcurrencyLimit(settings, now: 0)
        var now: UInt64 = 0
        func run(capacity: Int, windows: Int) {
            for _ in 0..<windows {
                var active = 0
                while active < 2_000, limit.admits(active: active, isPayment: true) { active += 1 }
                let latency = 10 * Self.millisecond * UInt64(max(1, (active + capacity - 1) / capacity))
                now += 101 * Self.millisecond
                for _ in 0..<max(active, 10) { limit.observe(nanoseconds: latency, now: now) }
            }
        }
        run(capacity: 40, windows: 100)
        #expect((60...90).contains(limit.requests), "\(limit.requests)")
        run(capacity: 10, windows: 100)
        #expect((15...25).contains(limit.requests), "\(limit.requests)")
        run(capacity: 100, windows: 400)
        #expect((170...210).contains(limit.requests), "\(limit.requests)")
    }

    @Test func paymentsHaveTheirReserve() {
        let settings = LoadShedding(targetMilliseconds: 20, maximumConcurrency: 10)
        var limit = ConcurrencyLimit(settings, now: 0)
        #expect(limit.admits(active: 8, isPayment: false) == true)
        #expect(limit.admits(active: 9, isPayment: false) == false)
        #expect(limit.admits(active: 9, isPayment: true) == true)
        #expect(limit.admits(active: 10, isPayment: true) == false)
    }

    /// A limit that nobody reaches is no reason to raise it, a quiet hour none to fall.
    @Test func anUnusedLimitStays() {
        let settings = LoadShedding(targetMilliseconds: 20, minimumConcurrency: 2, maximumConcurrency: 100)
        var limit = ConcurrencyLimit(settings, now: 0)
        var now: UInt64 = 0
        now += 101 * Self.millisecond
        _ = limit.admits(active: 4, isPayment: true)
        for _ in 0..<10 { limit.observe(nanoseconds: 30 * Self.millisecond, now: now) }
        #expect(limit.requests == 4)
        for _ in 0..<30 {
            now += 101 * Self.millisecond
            _ = limit.admits(active: 1, isPayment: true)
            for _ in 0..<10 { limit.observe(nanoseconds: Self.millisecond, now: now) }
        }
        #expect(limit.requests == 4)
    }
}

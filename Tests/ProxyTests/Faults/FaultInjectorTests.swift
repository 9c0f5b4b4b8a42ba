import Mesh
import Proxy
import Telemetry
import Testing

@Suite struct FaultInjectorTests {
    static let expiry = Timestamp(nanoseconds: 2_000)

    static func touched(_ rule: FaultRule, principal: String = "", header: String? = nil, now: UInt64 = 1_000) -> Int {
        var injector = FaultInjector([rule])
        var random = FastRandom(seed: 11)
        return (0..<10_000).count { _ in
            injector.fault(principal: principal, wallNanoseconds: now, random: &random) { name in
                name == "x-test" ? header : nil
            } != nil
        }
    }

    @Test func aPercentageIsMetAndAShareNeverPassed() {
        var rule = FaultRule(
            name: "slow", percent: Percentage(20), delayMilliseconds: 1, expires: Self.expiry, maximumSharePercent: .all
        )
        #expect(abs(Self.touched(rule) - 2_000) < 200)
        rule.percent = .all
        rule.maximumSharePercent = Percentage(10)
        #expect((980...1_000).contains(Self.touched(rule)))
        rule.maximumSharePercent = .none
        #expect(Self.touched(rule) == 0)
    }

    @Test func nothingHappensFromItsExpiryOn() {
        let rule = FaultRule(name: "x", delayMilliseconds: 1, expires: Self.expiry, maximumSharePercent: .all)
        #expect(Self.touched(rule, now: 1_999) == 10_000)
        #expect(Self.touched(rule, now: 2_000) == 0)
    }

    @Test func onlyWhoMatchesIsTouched() {
        var rule = FaultRule(
            name: "x", header: .init(name: "X-Test", value: "on"), principal: "spiffe://a/b", delayMilliseconds: 1,
            expires: Self.expiry, maximumSharePercent: .all)
        #expect(Self.touched(rule, principal: "spiffe://a/b", header: "on") == 10_000)
        #expect(Self.touched(rule, principal: "spiffe://a/b", header: "off") == 0)
        #expect(Self.touched(rule, principal: "spiffe://a/b") == 0)
        #expect(Self.touched(rule, principal: "spiffe://a/c", header: "on") == 0)
        rule.header?.value = nil
        #expect(Self.touched(rule, principal: "spiffe://a/b", header: "off") == 10_000)
    }

    @Test func aShareIsOfAllRequestsOfTheRoute() {
        var injector = FaultInjector([
            FaultRule(
                name: "x", principal: "spiffe://a/b", delayMilliseconds: 1, expires: Self.expiry,
                maximumSharePercent: Percentage(10))
        ])
        var random = FastRandom(seed: 1)
        var touched = 0
        for number in 0..<1_000 {
            let principal = number % 20 == 0 ? "spiffe://a/b" : "spiffe://a/c"
            if injector.fault(principal: principal, wallNanoseconds: 1, random: &random, header: { _ in nil }) != nil {
                touched += 1
            }
        }
        // One in twenty is below the share of one in ten: after the first few, all of them.
        #expect((48...50).contains(touched), "\(touched)")
    }
}

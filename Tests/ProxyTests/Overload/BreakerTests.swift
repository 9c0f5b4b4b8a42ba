import Mesh
import Proxy
import Testing

@Suite struct BreakerTests {
    static let millisecond: UInt64 = 1_000_000
    static let settings = FailureRateBreaker(
        failurePercent: Percentage(50), minimumRequests: 10, windowMilliseconds: 1_000, openMilliseconds: 200, probes: 2
    )

    static func opened() -> BreakerState {
        var breaker = BreakerState(settings, now: 0)
        for _ in 0..<10 { breaker.record(failed: true, wasProbe: false, now: 1) }
        return breaker
    }

    @Test func itOpensAtItsShareAndNotBeforeItsMinimum() {
        var breaker = BreakerState(Self.settings, now: 0)
        for _ in 0..<9 { breaker.record(failed: true, wasProbe: false, now: 1) }
        #expect(breaker.phase == .closed)
        breaker.record(failed: false, wasProbe: false, now: 1)
        // A success does not open it; the next failure does.
        #expect(breaker.phase == .closed)
        breaker.record(failed: true, wasProbe: false, now: 1)
        #expect(breaker.phase == .open && breaker.openings == 1)
        #expect(breaker.admit(now: 2) == .refused)
    }

    @Test func oldFailuresLeaveTheWindow() {
        var breaker = BreakerState(Self.settings, now: 0)
        for _ in 0..<9 { breaker.record(failed: true, wasProbe: false, now: 1) }
        let later = 1_100 * Self.millisecond
        for _ in 0..<9 { breaker.record(failed: false, wasProbe: false, now: later) }
        breaker.record(failed: true, wasProbe: false, now: later)
        #expect(breaker.phase == .closed)
    }

    @Test func probesGoOneByOneAndCloseIt() {
        var breaker = Self.opened()
        #expect(breaker.admit(now: 150 * Self.millisecond) == .refused)
        let now = 201 * Self.millisecond
        #expect(breaker.admit(now: now) == .probe)
        #expect(breaker.admit(now: now) == .refused)
        breaker.record(failed: false, wasProbe: true, now: now)
        #expect(breaker.phase == .halfOpen)
        #expect(breaker.admit(now: now) == .probe)
        breaker.record(failed: false, wasProbe: true, now: now)
        #expect(breaker.phase == .closed)
        #expect(breaker.admit(now: now) == .admitted)
        // What failed before is forgotten.
        breaker.record(failed: true, wasProbe: false, now: now)
        #expect(breaker.phase == .closed)
    }

    @Test func aFailedProbeOpensItAgain() {
        var breaker = Self.opened()
        #expect(breaker.admit(now: 300 * Self.millisecond) == .probe)
        breaker.record(failed: true, wasProbe: true, now: 300 * Self.millisecond)
        #expect(breaker.phase == .open && breaker.openings == 2)
        #expect(breaker.admit(now: 499 * Self.millisecond) == .refused)
        #expect(breaker.admit(now: 501 * Self.millisecond) == .probe)
    }

    @Test func aProbeWithoutAnAnswerMakesRoomAndLateAnswersSayNothing() {
        var breaker = Self.opened()
        let now = 300 * Self.millisecond
        #expect(breaker.admit(now: now) == .probe)
        breaker.record(failed: false, wasProbe: false, now: now)
        #expect(breaker.admit(now: now) == .refused)
        breaker.abandonProbe()
        #expect(breaker.admit(now: now) == .probe)
    }
}

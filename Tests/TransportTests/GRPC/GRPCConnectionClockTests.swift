import NIOCore
import Testing
import Transport

@Suite struct GRPCConnectionClockTests {
    private let limits: GRPCLimits = {
        var limits = GRPCLimits()
        limits.prefaceTimeoutMilliseconds = 10
        limits.idleTimeoutMilliseconds = 1_000
        limits.keepAliveMilliseconds = 100
        limits.keepAliveTimeoutMilliseconds = 20
        limits.graceMilliseconds = 50
        return limits
    }()

    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(1 << 40) + .milliseconds(milliseconds) }

    @Test func aConnectionThatNeverSpeaksIsClosed() {
        var clock = GRPCConnectionClock(limits: limits, now: at(0))
        #expect(clock.tick(now: at(9), openCalls: 0) == .none)
        #expect(clock.tick(now: at(10), openCalls: 0) == .close)
    }

    @Test func silenceIsAskedAndThenEnded() {
        var clock = GRPCConnectionClock(limits: limits, now: at(0))
        clock.frameArrived(now: at(5))
        #expect(clock.tick(now: at(104), openCalls: 1) == .none)
        #expect(clock.tick(now: at(105), openCalls: 1) == .ping)
        #expect(clock.tick(now: at(120), openCalls: 1) == .none)
        clock.frameArrived(now: at(121))
        #expect(clock.tick(now: at(125), openCalls: 1) == .none, "it has answered")
        #expect(clock.tick(now: at(221), openCalls: 1) == .ping)
        #expect(clock.tick(now: at(241), openCalls: 1) == .close)
    }

    @Test func aConnectionWithoutCallsIsTakenDownGracefully() {
        var clock = GRPCConnectionClock(limits: limits, now: at(0))
        clock.frameArrived(now: at(1))
        clock.callBegan(now: at(500))
        clock.frameArrived(now: at(1_450))
        #expect(clock.tick(now: at(1_499), openCalls: 0) == .none)
        #expect(clock.tick(now: at(1_500), openCalls: 0) == .quiesce)
        #expect(clock.tick(now: at(1_549), openCalls: 0) == .none)
        #expect(clock.tick(now: at(1_550), openCalls: 0) == .close, "grace is over")
    }

    @Test func aLongCallKeepsItsConnection() {
        var clock = GRPCConnectionClock(limits: limits, now: at(0))
        for time in stride(from: Int64(0), to: 5_000, by: 50) {
            clock.frameArrived(now: at(time))
            #expect(clock.tick(now: at(time), openCalls: 1) == .none)
        }
    }
}

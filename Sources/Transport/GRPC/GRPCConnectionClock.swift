import NIOCore

/// When a connection is asked whether it is alive, told to go, or ended, as a machine: times in, what to do out.
public struct GRPCConnectionClock: Sendable {
    public enum Action: Sendable, Hashable {
        case none
        /// Ask with a PING.
        case ping
        /// Begin a graceful end: GOAWAY, then wait for calls.
        case quiesce
        case close
    }

    private enum Phase {
        case awaitingPreface
        case open
        /// A PING is out.
        case asking(since: NIODeadline)
        case quiescing(since: NIODeadline)
    }

    private let limits: GRPCLimits
    private let start: NIODeadline
    private var phase = Phase.awaitingPreface
    private var lastFrame: NIODeadline
    private var lastCall: NIODeadline

    public init(limits: GRPCLimits, now: NIODeadline) {
        self.limits = limits
        start = now
        lastFrame = now
        lastCall = now
    }

    /// How often to look: often enough for the shortest of the limits.
    public var interval: TimeAmount {
        let shortest = min(
            limits.bodyTimeoutMilliseconds, limits.prefaceTimeoutMilliseconds, limits.idleTimeoutMilliseconds,
            limits.keepAliveMilliseconds, limits.keepAliveTimeoutMilliseconds, limits.graceMilliseconds)
        return .milliseconds(Int64(max(10, min(1_000, shortest / 4))))
    }

    /// Any frame shows that the other end lives, the answer to a PING among them.
    public mutating func frameArrived(now: NIODeadline) {
        lastFrame = now
        switch phase {
        case .awaitingPreface, .asking: phase = .open
        case .open, .quiescing: break
        }
    }

    public mutating func callBegan(now: NIODeadline) { lastCall = now }

    /// A graceful end has begun, whoever asked for it.
    public mutating func quiescing(now: NIODeadline) {
        if case .quiescing = phase { return }
        phase = .quiescing(since: now)
    }

    public mutating func tick(now: NIODeadline, openCalls: Int) -> Action {
        if openCalls > 0 { lastCall = now }
        switch phase {
        case .awaitingPreface:
            return hasPassed(limits.prefaceTimeoutMilliseconds, since: start, now) ? .close : .none
        case .open:
            if hasPassed(limits.idleTimeoutMilliseconds, since: lastCall, now) {
                phase = .quiescing(since: now)
                return .quiesce
            }
            if hasPassed(limits.keepAliveMilliseconds, since: lastFrame, now) {
                phase = .asking(since: now)
                return .ping
            }
            return .none
        case .asking(let since):
            return hasPassed(limits.keepAliveTimeoutMilliseconds, since: since, now) ? .close : .none
        case .quiescing(let since):
            return hasPassed(limits.graceMilliseconds, since: since, now) ? .close : .none
        }
    }

    private func hasPassed(_ milliseconds: Int, since: NIODeadline, _ now: NIODeadline) -> Bool {
        now - since >= .milliseconds(Int64(milliseconds))
    }
}

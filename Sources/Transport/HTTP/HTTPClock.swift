import NIOCore

/// The deadlines of one HTTP/1.1 connection. Checked by a tick, so that a request costs no timer.
struct HTTPClock {
    enum Expiry: Equatable {
        case nothing
        case idle
        case header
        case body
    }

    private let headerTimeout: TimeAmount
    private let idleTimeout: TimeAmount
    private let bodyTimeout: TimeAmount
    private var idleSince: NIODeadline
    private var headerSince: NIODeadline?
    /// When the server was last ready for more and has been waiting since.
    private var readingSince: NIODeadline?

    init(limits: HTTPLimits, now: NIODeadline) {
        headerTimeout = .milliseconds(Int64(limits.headerTimeoutMilliseconds))
        idleTimeout = .milliseconds(Int64(limits.idleTimeoutMilliseconds))
        bodyTimeout = .milliseconds(Int64(limits.bodyTimeoutMilliseconds))
        idleSince = now
    }

    /// How often to look: a deadline is met at most a quarter of the shortest timeout late.
    var tick: TimeAmount {
        .nanoseconds(max(1_000_000, min(headerTimeout, idleTimeout, bodyTimeout).nanoseconds / 4))
    }

    mutating func becameIdle(now: NIODeadline) {
        idleSince = now
        headerSince = nil
    }

    mutating func bytesArrived(now: NIODeadline, isIdle: Bool) {
        if isIdle, headerSince == nil { headerSince = now }
    }

    mutating func bodyBegan(now: NIODeadline) {
        headerSince = nil
    }

    mutating func requestEnded(now: NIODeadline, isIdle: Bool) {
        headerSince = nil
        if isIdle { idleSince = now }
    }

    mutating func responseEnded(now: NIODeadline, isIdle: Bool) {
        if isIdle { becameIdle(now: now) }
    }

    mutating func reading(now: NIODeadline) {
        if readingSince == nil { readingSince = now }
    }

    mutating func readComplete() { readingSince = nil }

    func expired(now: NIODeadline, receivesBody: Bool, isIdle: Bool) -> Expiry {
        if receivesBody {
            if let readingSince, now - readingSince > bodyTimeout { return .body }
            return .nothing
        }
        guard isIdle else { return .nothing }
        if let headerSince { return now - headerSince > headerTimeout ? .header : .nothing }
        return now - idleSince > idleTimeout ? .idle : .nothing
    }
}

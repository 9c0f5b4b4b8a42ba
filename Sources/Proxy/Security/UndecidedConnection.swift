import Mesh
import NIOCore

/// A connection of a permissive listener until its first bytes say what it is: TLS, or plain while that is allowed.
final class UndecidedConnection: ByteConnection {
    private let listener: ListenerState
    private let accepted: Arrival
    private let timeoutMilliseconds: Int
    private let silenceIsPlain: Bool
    private let until: Instant
    private let decide: (_ isSecure: Bool, any Channel) throws -> Void
    private let deadline: UInt64
    private var failure: (any Error)?
    private var isOver = false

    /// - Parameters:
    ///   - silenceIsPlain: A client that says too little before the time-out waits for its server to speak, which one
    ///     that is about to speak TLS does not. Where clients always speak first it is turned away instead.
    ///   - until: When plain connections end.
    ///   - decide: Adds the handlers of the kind of connection it is, once.
    init(
        worker: Worker, listener: ListenerState, arrival: Arrival, timeoutMilliseconds: Int, silenceIsPlain: Bool,
        until: Instant, decide: @escaping (_ isSecure: Bool, any Channel) throws -> Void
    ) {
        self.listener = listener
        accepted = arrival
        self.timeoutMilliseconds = timeoutMilliseconds
        self.silenceIsPlain = silenceIsPlain
        self.until = until
        self.decide = decide
        deadline = arrival.started.after(milliseconds: timeoutMilliseconds)
        super.init(worker: worker)
        self.arrival = arrival
        listener.undecidedConnections += 1
    }

    override var acceptedBy: ListenerState? { listener }

    override func step() {
        if let isSecure = TLSStart.isTLS(input.readableBytesView) { conclude(isSecure: isSecure) }
    }

    override func check(now: UInt64) {
        guard !isOver, now >= deadline else { return }
        if silenceIsPlain {
            conclude(isSecure: false)
        } else {
            end(
                .downstreamTimeout,
                "the client did not say within \(timeoutMilliseconds) ms whether it speaks TLS")
        }
    }

    override func drain() {
        if input.readableBytes == 0 { end(.draining, "the proxy shut down") }
    }

    override func listenerRemoved() {
        end(.draining, "the configuration has the listener \(listener.name) no more")
    }

    override func failed(_ error: any Error) { failure = failure ?? error }

    override func closed() {
        if worker.isFinishing {
            end(.draining, "the proxy shut down")
        } else {
            let reason = failure.map { ": \(worker.describe($0))" } ?? ""
            end(
                .downstreamConnectionTermination,
                "the client closed before it said whether it speaks TLS\(reason)")
        }
    }

    /// The permission may have ended since the connection came.
    private var mayBePlain: Bool {
        listener.security == .plain
            || listener.security == .permissive && Clock.wallSeconds() < until.seconds
    }

    private func conclude(isSecure: Bool) {
        guard !isOver, let context else { return }
        guard isSecure || mayBePlain else {
            end(.accessDenied, "the listener takes nothing but mutual TLS any more")
            return
        }
        isOver = true
        listener.undecidedConnections -= 1
        do {
            try decide(isSecure, context.channel)
        } catch {
            worker.refused(accepted, listener, .downstreamProtocolError, worker.describe(error))
            close()
            return
        }
        withdraw()
    }

    private func end(_ flag: ResponseFlag, _ sentence: String) {
        guard !isOver else { return }
        isOver = true
        listener.undecidedConnections -= 1
        worker.refused(accepted, listener, flag, sentence)
        close()
    }
}

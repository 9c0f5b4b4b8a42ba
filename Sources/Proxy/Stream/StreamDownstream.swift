import NIOCore

/// The client's end of a stream.
final class StreamDownstream: StreamConnection {
    private let listener: ListenerState
    private var session: StreamSession?
    private var isHandshaking: Bool

    init(worker: Worker, listener: ListenerState, table: StreamTable, isSecure: Bool) {
        self.listener = listener
        isHandshaking = isSecure
        super.init(worker: worker)
        session = StreamSession(worker: worker, listener: listener, table: table, downstream: self)
        worker.counters.connections.increment()
    }

    override var wantsRead: Bool { isHandshaking || session?.takes(from: .downstream) ?? false }

    override var acceptedBy: ListenerState? { listener }

    override func active() {
        if !isHandshaking { session?.begin(principal: .none, isSecure: false) }
    }

    override func secured() {
        guard isHandshaking, let context else { return }
        isHandshaking = false
        session?.begin(principal: worker.principal(of: context.channel), isSecure: true)
    }

    override func step() { session?.pump(.downstream) }
    override func becameWritable() { session?.becameWritable(.downstream) }
    override func ended() { session?.touch() }
    override func checkStream(now: UInt64) { session?.check(now: now) }

    override func drain() { session?.leave(.draining, "the proxy shut down") }

    override func retire() {
        super.retire()
        session?.leave(.downstreamConnectionTermination, "the client must show its certificate again")
    }

    override func cutOff(_ reason: String) {
        session?.fail(.downstreamConnectionTermination, "the client's certificate \(reason)")
        close()
    }

    override func listenerRemoved() { session?.listenerRemoved() }
    override func policyChanged() { session?.reauthorize() }

    override func lost() {
        listener.openConnections -= 1
        if isHandshaking {
            isHandshaking = false
            if let failure {
                worker.counters.handshakesFailed.increment()
                worker.logHandshakeFailure(failure, listener)
            }
        }
        let open = session
        session = nil
        open?.lost(.downstream)
    }
}

import Mesh
import NIOCore

/// One client's HTTP/2 connection: many requests at a time, each a stream with its own `Exchange`.
final class HTTP2Downstream: HTTP2Connection {
    private enum Life {
        case open
        /// GOAWAY for streams to come is out; those on their way are still taken until the client has seen it.
        case leaving
        /// The last stream is known; the connection ends with it.
        case left
    }

    /// How long a client may take to acknowledge that it was told to leave.
    static let leavingMilliseconds = 1_000
    private static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    private let listener: ListenerState
    let routes: RouteTable
    let limits: RequestLimits
    let httpLimits: MessageLimits
    let principal: Principal
    private var life = Life.open
    private var hasPreface = false
    /// Of the preface, then of idling, then of leaving.
    private var deadline: UInt64

    init(
        worker: Worker, listener: ListenerState, routes: RouteTable, limits: RequestLimits, isSecure: Bool,
        principal: Principal
    ) {
        self.isSecure = isSecure
        self.listener = listener
        self.routes = routes
        self.limits = limits
        httpLimits = MessageLimits(limits)
        self.principal = principal
        deadline = Clock.monotonic().after(milliseconds: limits.headerTimeoutMilliseconds)
        super.init(worker: worker, isServer: true, maximumHeaderBytes: limits.maximumHeaderBytes)
        worker.counters.http2Connections.increment()
    }

    var direction: Direction { listener.direction }
    let isSecure: Bool
    override var acceptedBy: ListenerState? { listener }
    override var closingMilliseconds: Int { min(Self.standardClosingMilliseconds, limits.idleTimeoutMilliseconds) }
    override var httpClient: (isSecure: Bool, principal: Principal)? { (isSecure, principal) }

    override var settings: [(UInt16, UInt32)] {
        [
            (PeerSettings.maximumConcurrentStreams, UInt32(limits.maximumConcurrentStreams)),
            (PeerSettings.initialWindowSize, UInt32(HTTP2Stream.window)),
            (PeerSettings.maximumHeaderListSize, UInt32(limits.maximumHeaderBytes)),
            (PeerSettings.enableConnectProtocol, 1),
        ]
    }

    /// A client that takes no answers gets no further ones.
    override var wantsRead: Bool { !isOver && isWritable }

    override func readPreface() -> Bool {
        if hasPreface { return true }
        let count = min(input.readableBytes, Self.preface.utf8CodeUnitCount)
        let agrees = input.withUnsafeReadableBytes { raw in
            for index in 0..<count where raw[index] != Self.preface.utf8Start[index] { return false }
            return true
        }
        guard agrees else {
            fail(HTTP2Fault(.protocolError, "the connection does not start with the preface of HTTP/2"))
            return false
        }
        guard count == Self.preface.utf8CodeUnitCount else { return false }
        input.moveReaderIndex(forwardBy: count)
        hasPreface = true
        deadline = Clock.monotonic().after(milliseconds: limits.idleTimeoutMilliseconds)
        return true
    }

    // MARK: Streams

    override func headers(_ headers: HeaderList, stream streamID: Int32, endsStream: Bool) -> HTTP2Fault? {
        if let stream = streams[streamID] {
            (stream as? HTTP2DownstreamStream)?.trailers(headers, endsStream: endsStream)
            return nil
        }
        guard streamID > lastStreamID else { return closedStream(streamID) }
        lastStreamID = streamID
        guard life != .left, streams.count < limits.maximumConcurrentStreams else {
            if let fault = spend(FloodGuard.costOfReset) { return fault }
            if life != .left { worker.counters.refused(.http2TooManyStreams) }
            writeReset(.refusedStream, stream: streamID)
            return nil
        }
        let stream = HTTP2DownstreamStream(self, id: streamID)
        streams[streamID] = stream
        stream.begin(headers, endsStream: endsStream)
        return nil
    }

    override func streamEnded() {
        guard streams.isEmpty, !isOver else { return }
        if life == .left {
            closeAfterFlush()
        } else {
            deadline = Clock.monotonic().after(milliseconds: limits.idleTimeoutMilliseconds)
        }
    }

    // MARK: Life

    override func closed() {
        super.closed()
        listener.openConnections -= 1
    }

    override func policyChanged() {
        for stream in streams.values { (stream as? HTTP2DownstreamStream)?.policyChanged() }
    }

    override func endTunnels(_ sentence: String) {
        for stream in streams.values { (stream as? HTTP2DownstreamStream)?.endTunnel(sentence) }
    }

    override func check(now: UInt64) {
        guard !isOver else { return }
        if block != nil, now >= blockSince.after(milliseconds: limits.headerTimeoutMilliseconds) {
            fail(HTTP2Fault(.enhanceYourCalm, "a header block was not complete in time"))
            return
        }
        for stream in streams.values { stream.check(now: now) }
        guard now >= deadline else { return }
        switch life {
        case .open where !hasPreface:
            fail(HTTP2Fault(.settingsTimeout, "the preface of HTTP/2 did not come in time"))
        case .open where streams.isEmpty: leave()
        case .leaving: pingAcknowledged()
        case .open, .left: break
        }
    }

    override func drain() {
        guard life == .open, !isOver else { return }
        guard hasPreface, !streams.isEmpty else {
            leave()
            return
        }
        life = .leaving
        deadline = Clock.monotonic().after(milliseconds: Self.leavingMilliseconds)
        writeGoAway(.noError, lastStream: .max)
        writePing()
    }

    /// The client knows that it must leave: what it has opened until now is all there is (RFC 9113 §6.8).
    override func pingAcknowledged() { if life == .leaving { leave() } }

    private func leave() {
        life = .left
        writeGoAway(.noError, lastStream: lastStreamID)
        if streams.isEmpty { closeAfterFlush() }
    }
}

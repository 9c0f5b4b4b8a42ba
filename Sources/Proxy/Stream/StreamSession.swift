import Mesh
import NIOCore
import Telemetry

/// One client connection and the endpoint's connection it is joined to, from accepting it to its last byte: picks the
/// route, connects, passes bytes both ways no faster than the slower side takes them, and records what happened.
final class StreamSession {
    private enum Phase {
        /// The client is not known yet.
        case handshaking
        /// The bytes that pick the route are not complete.
        case choosing
        case connecting
        case open
        case over
    }

    /// Endpoints that are tried before the stream fails: no byte has been sent, so that another is as good.
    static let maximumConnectAttempts = 3

    unowned let worker: Worker
    let listener: ListenerState
    let table: StreamTable
    private let downstream: StreamDownstream
    private(set) var upstream: StreamUpstream?
    private var phase = Phase.handshaking
    private(set) var route: StreamRouteState?
    private var series: StreamSeries?
    private var filter: (any StreamFilter)?

    let traceID: TraceID
    let spanID: SpanID
    /// Unix nanoseconds.
    let startedWall = Clock.wall()
    /// Monotonic nanoseconds.
    let started = Clock.monotonic()
    private(set) var ended: UInt64 = 0
    private(set) var principal = Principal.none
    private(set) var peerPrincipal = Principal.none
    private(set) var serverName: String?
    private(set) var tried: [Int] = []
    private(set) var received = 0
    private(set) var sent = 0
    private(set) var flag: ResponseFlag?
    private(set) var sentence = ""
    private var lastByte: UInt64

    init(worker: Worker, listener: ListenerState, table: StreamTable, downstream: StreamDownstream) {
        self.worker = worker
        self.listener = listener
        self.table = table
        self.downstream = downstream
        traceID = worker.random.traceID()
        spanID = worker.spanIDs.next()
        lastByte = started
    }

    // MARK: Beginning

    /// The client can be served: over TLS its handshake is complete.
    func begin(principal: Principal) {
        guard phase == .handshaking else { return }
        self.principal = principal
        touch()
        if case .tlsPassthrough = table.protocol {
            phase = .choosing
            downstream.resumeReading()
        } else {
            choose(serverName: nil)
        }
    }

    private func readHello() {
        switch ClientHello.read(downstream.input) {
        case .incomplete:
            if downstream.hasEnded { fail(.downstreamConnectionTermination, "the client ended before its ClientHello") }
        case .malformed(let sentence): fail(.downstreamProtocolError, sentence)
        case .complete(let name): choose(serverName: name)
        }
    }

    private func choose(serverName: String?) {
        self.serverName = serverName
        guard let route = table.route(serverName: serverName) else {
            let name = serverName.map { "the server name \($0)" } ?? "connections without a server name"
            fail(.noRoute, "no route of the listener \(listener.name) takes \(name)")
            return
        }
        self.route = route
        let series = route.series(for: principal)
        self.series = series
        series.began()
        if route.refusesUnrecorded, !worker.exportsPayments {
            fail(
                .recordingRefused,
                "the record of this connection can be kept neither in memory nor on disk, and its route refuses then")
            return
        }
        if let layout = table.iso8583 { filter = ISO8583Filter(layout, session: self, series: route.messages) }
        phase = .connecting
        connect()
    }

    private func connect() {
        guard let route else { return }
        guard let endpoint = route.take(avoiding: tried) else {
            fail(
                .upstreamOverflow,
                "every endpoint of the cluster \(route.route.cluster) has as many connections as it takes")
            return
        }
        tried.append(endpoint)
        let connection = StreamUpstream(worker: worker, route: route, endpoint: endpoint, session: self)
        upstream = connection
        connection.open()
    }

    func connectFailed(_ connection: StreamUpstream, _ reason: String) {
        guard phase == .connecting, upstream === connection, let route else { return }
        upstream = nil
        if tried.count < min(Self.maximumConnectAttempts, route.pool.endpoints.count) {
            connect()
        } else {
            let endpoint = route.pool.endpoints[connection.endpoint].endpoint
            fail(.upstreamConnectionFailure, "no connection to \(route.route.cluster) at \(endpoint): \(reason)")
        }
    }

    func connected(_ connection: StreamUpstream) {
        guard phase == .connecting, upstream === connection else {
            connection.abandon()
            return
        }
        peerPrincipal = connection.principal
        phase = .open
        touch()
        downstream.process()
        connection.process()
    }

    // MARK: Bytes

    func touch() { lastByte = Clock.monotonic() }

    /// Whether more bytes of that side may be read.
    func takes(from side: StreamSide) -> Bool {
        switch phase {
        case .handshaking, .connecting, .over: return false
        case .choosing: return side == .downstream && downstream.input.readableBytes < ClientHello.maximumBytes
        case .open:
            guard let source = end(side), let target = end(side.other), target.isWritable else { return false }
            return source.input.readableBytes < filter?.maximumBufferedBytes ?? 1
        }
    }

    private func end(_ side: StreamSide) -> StreamConnection? { side == .downstream ? downstream : upstream }

    /// Passes on what came from one side.
    func pump(_ side: StreamSide) {
        if phase == .choosing, side == .downstream { readHello() }
        guard phase == .open, let source = end(side), let target = end(side.other) else { return }
        let before = source.input.readableBytes
        if before > 0, target.isWritable {
            touch()
            if let filter {
                let failure = filter.pass(&source.input, from: side, to: target)
                count(before - source.input.readableBytes, side)
                if let failure {
                    fail(failure.flag, failure.sentence)
                    return
                }
            } else {
                target.write(source.input)
                source.input = worker.emptyBuffer
                count(before, side)
            }
        }
        if source.hasEnded { passEnd(from: source, side, to: target) }
    }

    private func count(_ bytes: Int, _ side: StreamSide) {
        if side == .downstream { received += bytes } else { sent += bytes }
        series?.passed(bytes, from: side)
    }

    private func passEnd(from source: StreamConnection, _ side: StreamSide, to target: StreamConnection) {
        if source.input.readableBytes > 0 {
            // With a target that takes no bytes now, the rest goes out when it does.
            if filter == nil || !target.isWritable { return }
            let flag: ResponseFlag =
                side == .downstream ? .downstreamConnectionTermination : .upstreamConnectionTermination
            fail(flag, "the \(side == .downstream ? "client" : "upstream") ended in the middle of a message")
            return
        }
        if target.hasEnded, target.input.readableBytes == 0 {
            finish()
            source.closeWhenWritten()
            target.closeWhenWritten()
        } else if source.isOpen {
            target.endOutput()
        } else {
            // What the target still sends has nowhere to go.
            flag = side == .downstream ? .downstreamConnectionTermination : .upstreamConnectionTermination
            sentence = "the \(side == .downstream ? "client" : "upstream") closed before the other side had ended"
            finish()
            target.closeWhenWritten()
        }
    }

    /// That side takes bytes again.
    func becameWritable(_ side: StreamSide) {
        // Not by `process()`: a side that has gone may have left bytes.
        pump(side.other)
        end(side.other)?.resumeReading()
    }

    // MARK: Time

    func check(now: UInt64) {
        let limits = table.limits
        switch phase {
        case .handshaking, .choosing:
            if now >= started.after(milliseconds: limits.helloTimeoutMilliseconds) {
                fail(
                    .downstreamTimeout,
                    "the client did not complete its hello within \(limits.helloTimeoutMilliseconds) ms")
            }
        case .connecting, .over: break
        case .open:
            filter?.check(now: now)
            if now >= lastByte.after(milliseconds: limits.idleTimeoutMilliseconds) {
                fail(
                    .streamIdleTimeout, "no byte passed in either direction for \(limits.idleTimeoutMilliseconds) ms")
            } else if downstream.hasEnded != (upstream?.hasEnded ?? false),
                now >= lastByte.after(milliseconds: limits.halfClosedTimeoutMilliseconds)
            {
                fail(
                    .streamIdleTimeout,
                    "one side had ended and no byte of the other came for \(limits.halfClosedTimeoutMilliseconds) ms")
            }
        }
    }

    // MARK: Ending

    /// One side's connection is gone.
    func lost(_ side: StreamSide) {
        guard phase != .over else { return }
        guard phase == .open, let source = end(side) else {
            // Nothing was joined yet: the client left.
            let reason = downstream.failure.map { ": \(worker.describe($0))" } ?? ""
            fail(.downstreamConnectionTermination, "the client closed before it was connected\(reason)")
            return
        }
        if let failure = source.failure {
            let who = side == .downstream ? "the client's connection" : "the upstream's connection"
            fail(
                side == .downstream ? .downstreamConnectionTermination : .upstreamConnectionTermination,
                "\(who) broke: \(worker.describe(failure))")
        } else if worker.isFinishing {
            fail(.draining, "the proxy shut down")
        } else {
            pump(side)
        }
    }

    /// Ends both sides now, so that neither takes it for an orderly end once bytes may have passed.
    func fail(_ flag: ResponseFlag, _ sentence: String) {
        guard phase != .over else { return }
        self.flag = flag
        self.sentence = sentence
        let wasOpen = phase == .open
        finish()
        if wasOpen {
            downstream.reset()
            upstream?.reset()
        } else {
            downstream.close()
            upstream?.abandon()
        }
    }

    private func finish() {
        phase = .over
        ended = Clock.monotonic()
        filter?.ended(now: ended)
        filter = nil
        if let series {
            series.ended(flag, nanoseconds: ended &- started)
        } else {
            let series = table.unrouted.series(for: principal)
            series.began()
            series.ended(flag, nanoseconds: ended &- started)
        }
        record()
    }
}

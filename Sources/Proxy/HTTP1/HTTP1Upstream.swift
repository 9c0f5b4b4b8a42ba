import NIOCore

/// One HTTP/1 connection to an endpoint: carries one request at a time, is kept in its pool between them.
final class HTTP1Upstream: ByteConnection, Upstream {
    private enum Phase {
        case idle
        case awaitingHead
        case body
        /// The connection carries no HTTP any more.
        case tunnel
        case closed
    }

    let pool: ClusterPool
    let endpoint: Int
    /// The verified identity of the other end.
    let principal: Principal
    private(set) var exchange: Exchange?
    private var phase = Phase.idle
    /// Of idling.
    private var deadline = UInt64.max
    private var finder = HeadFinder()
    private var head: ResponseHead
    private var decoder: BodyDecoder
    private var failure: (any Error)?
    private(set) var requestsServed = 0
    /// Whether a byte of the current response has come.
    private(set) var hasResponseBytes = false
    /// The current request has no stated length.
    private var requestIsChunked = false
    /// The endpoint of a tunnel will send no more.
    private var hasInputEnded = false

    init(worker: Worker, pool: ClusterPool, endpoint: Int, principal: Principal) {
        self.pool = pool
        self.endpoint = endpoint
        self.principal = principal
        head = ResponseHead(limits: worker.upstreamLimits)
        decoder = BodyDecoder(limits: worker.upstreamLimits)
        super.init(worker: worker)
    }

    var version: HTTPVersion { .http11 }

    // MARK: Orders from the exchange

    func begin(_ exchange: Exchange, _ edits: HeadEdits) {
        self.exchange = exchange
        hasResponseBytes = false
        if exchange.tunnel?.isRaw == true {
            requestIsChunked = false
            startTunnel()
            head.becomeConnected()
            exchange.response(head)
            return
        }
        phase = .awaitingHead
        finder.reset()
        let head = exchange.downstream.head
        requestIsChunked = head.body == .chunked
        write { output in
            head.writeHTTP1(to: &output, edits, endpoint: endpointText, isWhole: exchange.requestDone)
        }
    }

    func sendContent(_ content: ByteBuffer) {
        guard requestIsChunked else {
            write(content)
            return
        }
        write { $0.writeChunkSize(content.readableBytes) }
        write(content)
        write { _ = $0.writeStaticString("\r\n") }
    }

    func sendEnd(trailers: FieldSection?) {
        if phase == .tunnel {
            endOutput()
        } else if requestIsChunked {
            write { $0.writeLastChunk(trailers) }
        }
    }

    func resume() { process() }

    func finish(reusable: Bool) {
        exchange = nil
        requestsServed += 1
        if phase == .tunnel {
            phase = .closed
            closeWhenWritten()
            return
        }
        let keepsAlive = reusable && head.keepsAlive
        head.clear()
        guard keepsAlive, input.readableBytes == 0, isOpen else {
            phase = .closed
            close()
            return
        }
        phase = .idle
        pool.release(self)
    }

    func abandon() {
        exchange = nil
        let wasTunnel = phase == .tunnel
        phase = .closed
        if wasTunnel { reset() } else { close() }
    }

    func giveBack() { pool.release(self) }

    func becomeIdle(until deadline: UInt64) { self.deadline = deadline }

    // MARK: Events

    override var wantsRead: Bool {
        switch phase {
        case .idle, .awaitingHead: true
        case .body, .tunnel: exchange?.downstreamTakesContent ?? true
        case .closed: false
        }
    }

    override func failed(_ error: any Error) {
        // That a write found the output closed says nothing about the endpoint.
        if failure == nil, (error as? ChannelError) != .outputClosed { failure = error }
    }

    override func inputEnded() {
        hasInputEnded = true
        process()
    }

    override func closed() {
        if phase != .tunnel {
            if exchange != nil { process() }
        } else if failure == nil, endedInOrder(hasInputEnded: hasInputEnded), !worker.isFinishing {
            // An end in order; what has come may still wait for the client.
            inputEnded()
        } else {
            exchange?.tunnelLost(.upstream, failure ?? ConnectionBroken())
        }
        pool.closed(self)
    }

    override func becameWritable() { exchange?.upstreamBecameWritable() }
    override func check(now: UInt64) {
        if phase == .idle && now >= deadline { close() }
        // The client's end may be gone while its last bytes are on their way.
        if phase == .tunnel { exchange?.check(now: now) }
    }
    override func drain() { if phase == .idle { close() } }

    override func cutOff(_ reason: String) {
        exchange?.cutOff(.upstream, reason)
        close()
    }

    override func retire() {
        super.retire()
        drain()
    }

    override func step() {
        while true {
            switch phase {
            case .closed: return
            case .idle:
                // Nothing was asked: whatever these bytes are, the next request must not get them as its answer.
                if input.readableBytes > 0 {
                    worker.counters.refused(.unsolicitedResponse)
                    input.clear()
                    phase = .closed
                    close()
                }
                return
            case .awaitingHead: if !readHead() { return }
            case .body: if !readBody() { return }
            case .tunnel: if !passTunnel() { return }
            }
        }
    }

    /// `false` when nothing more can be done now.
    private func readHead() -> Bool {
        guard let exchange else { return false }
        if input.readableBytes > 0 { hasResponseBytes = true }
        switch finder.find(in: input, limit: worker.upstreamLimits.maximumHeadBytes) {
        case .incomplete:
            if !isOpen { connectionEnded(exchange) }
            return false
        case .fault(let fault):
            protocolError(fault, exchange)
            return false
        case .found(let length):
            guard let bytes = input.readSlice(length: length) else { return false }
            if let fault = head.parse(bytes, answering: exchange.method, tunnel: exchange.tunnel?.kind) {
                protocolError(fault, exchange)
                return false
            }
            if head.isInterim {
                exchange.interimResponse(head)
                return true
            }
            if head.opensTunnel {
                startTunnel()
            } else {
                decoder.start(head.body)
                phase = .body
            }
            exchange.response(head)
            return true
        }
    }

    private func readBody() -> Bool {
        guard let exchange, exchange.downstreamTakesContent else { return false }
        switch decoder.next(&input) {
        case .content(let content):
            exchange.responseContent(content)
            return true
        case .end(let trailers): return readEnd(trailers, exchange)
        case .fault(let fault):
            protocolError(fault, exchange)
            return false
        case .needsMore:
            if !isOpen {
                // Over TLS a missing close_notify may be a truncation (RFC 8446 §6.1).
                if failure == nil, decoder.endOfInput() {
                    exchange.responseEnd(trailers: nil)
                } else {
                    connectionEnded(exchange)
                }
            }
            return false
        }
    }

    private func readEnd(_ trailers: ByteBuffer?, _ exchange: Exchange) -> Bool {
        var section: FieldSection?
        if let trailers {
            var parsed = FieldSection(limits: worker.upstreamLimits)
            if let fault = parsed.parse(trailers, from: 0) {
                protocolError(fault, exchange)
                return false
            }
            section = parsed
        }
        exchange.responseEnd(trailers: section)
        return true
    }

    // MARK: Tunnels

    private func startTunnel() {
        phase = .tunnel
        allowHalfClose()
    }

    /// `false` when nothing more can be passed on now.
    private func passTunnel() -> Bool {
        guard let exchange else { return false }
        if input.readableBytes > 0 {
            guard exchange.downstreamTakesContent else { return false }
            let content = input
            input = worker.emptyBuffer
            exchange.responseContent(content)
            return true
        }
        if hasInputEnded { exchange.responseEnd(trailers: nil) }
        if inputClosed, phase == .tunnel { exchange.tunnelLost(.upstream, nil) }
        return false
    }

    // MARK: Failures

    private func protocolError(_ fault: HTTPFault, _ exchange: Exchange) {
        worker.counters.refused(fault.code)
        phase = .closed
        exchange.attemptFailed(
            UpstreamFailure(
                flag: .upstreamProtocolError,
                sentence: "the answer of \(pool.cluster.name) at \(endpointText) is not sound HTTP: \(fault.sentence)",
                mayHaveArrived: true))
    }

    private func connectionEnded(_ exchange: Exchange) {
        let when = hasResponseBytes ? "in the middle of its answer" : "before it answered"
        exchange.attemptFailed(
            UpstreamFailure(
                flag: .upstreamConnectionTermination,
                sentence: "\(pool.cluster.name) at \(endpointText) closed the connection \(when)",
                mayHaveArrived: true, isKeepAliveRace: requestsServed > 0 && !hasResponseBytes))
    }

    private var endpointText: String { pool.endpoints[endpoint].endpoint.description }
}

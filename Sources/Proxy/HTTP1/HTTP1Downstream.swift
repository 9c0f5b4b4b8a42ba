import Mesh
import NIOCore

/// One client's HTTP/1 connection: one request at a time, in order, each an `Exchange`.
final class HTTP1Downstream: ByteConnection, Downstream {
    enum Phase {
        /// Waiting for the next request's head.
        case idle
        case exchanging
        /// The answer is out, the rest of the request is read and thrown away so that the answer is not lost with a
        /// reset (RFC 9112 §9.6), then the connection is closed.
        case discarding
        /// The connection carries no HTTP any more.
        case tunnel
        case closing
    }

    let listener: ListenerState
    let routes: RouteTable
    let limits: RequestLimits
    let httpLimits: MessageLimits
    private(set) var principal = Principal.none
    private(set) var head: RequestHead
    /// Whether `head` is that of the current request.
    private(set) var hasSoundHead = false
    /// Whether the connection is kept after the current answer.
    var keepsAlive = false
    var answersInChunks = false
    /// Nothing but the end of the connection tells a client of HTTP/1.0 where the current answer ends.
    var answersUntilClose = false
    var exchange: Exchange?
    var phase = Phase.idle
    var finder = HeadFinder()
    var decoder: BodyDecoder
    /// The request is complete.
    var bodyDone = true
    /// The client of a tunnel will send no more.
    var hasInputEnded = false
    private var failure: (any Error)?
    var discarded = 0
    /// When the wait for the next head, or its rest, or the discarding ends.
    var deadline: UInt64
    private var isHandshaking: Bool
    private let httpProtocol: HTTPProtocol
    /// The first bytes may be those of HTTP/2.
    var mayBeHTTP2: Bool

    var direction: Direction { listener.direction }
    let isSecure: Bool

    init(
        worker: Worker, listener: ListenerState, routes: RouteTable, limits: RequestLimits, httpProtocol: HTTPProtocol,
        isSecure: Bool
    ) {
        self.isSecure = isSecure
        self.listener = listener
        self.routes = routes
        self.limits = limits
        self.httpProtocol = httpProtocol
        isHandshaking = isSecure
        mayBeHTTP2 = !isSecure && httpProtocol == .auto
        httpLimits = MessageLimits(limits)
        head = RequestHead(limits: httpLimits)
        decoder = BodyDecoder(limits: httpLimits)
        deadline = Clock.monotonic().after(milliseconds: limits.headerTimeoutMilliseconds)
        super.init(worker: worker)
        worker.counters.connections.increment()
    }

    // MARK: Channel

    override var acceptedBy: ListenerState? { listener }
    override var closingMilliseconds: Int { min(Self.standardClosingMilliseconds, limits.idleTimeoutMilliseconds) }
    override var httpClient: (isSecure: Bool, principal: Principal)? { (isSecure, principal) }

    override var wantsRead: Bool {
        switch phase {
        // A client that sends requests and reads no answers gets no further ones.
        case .idle: isWritable
        case .discarding: true
        case .tunnel: exchange?.takesContent ?? false
        case .exchanging:
            // With the request complete, a read is only for noticing that the client left; what it may bring is kept.
            bodyDone ? input.readableBytes == 0 : exchange?.takesContent ?? false
        case .closing: false
        }
    }

    override func active() { if !isSecure, httpProtocol == .http2 { becomeHTTP2() } }

    /// No further request is wanted on this connection.
    var isEnding: Bool { isRetiring || worker.isDraining(direction) }

    override func secured() {
        isHandshaking = false
        if let context { principal = worker.principal(of: context.channel) }
        switch httpProtocol {
        case .http1: break
        case .http2: becomeHTTP2()
        case .auto: if negotiatedProtocol == "h2" { becomeHTTP2() }
        }
    }

    override func failed(_ error: any Error) {
        // That a write found the output closed says nothing about the client.
        if failure == nil, (error as? ChannelError) != .outputClosed { failure = error }
        if isHandshaking {
            isHandshaking = false
            worker.counters.handshakesFailed.increment()
            worker.handshakeFailed(error, listener, arrival)
        }
    }

    override func closed() {
        listener.openConnections -= 1
        let wasTunnel = phase == .tunnel
        if wasTunnel, failure == nil, endedInOrder(hasInputEnded: hasInputEnded), !worker.isFinishing {
            // An end in order; what has come may still wait for the upstream.
            inputEnded()
            return
        }
        phase = .closing
        let open = exchange
        exchange = nil
        if wasTunnel { open?.tunnelLost(.client, failure ?? ConnectionBroken()) } else { open?.downstreamClosed() }
    }

    override func cutOff(_ reason: String) {
        let open = exchange
        exchange = nil
        open?.cutOff(.client, reason)
        breakOff()
    }

    override func policyChanged() {
        if phase == .tunnel { exchange?.reauthorizeTunnel() }
    }

    override func endTunnels(_ sentence: String) {
        if phase == .tunnel { exchange?.denyTunnel(sentence) }
    }

    override func inputEnded() {
        hasInputEnded = true
        process()
    }

    override func becameWritable() {
        if phase == .idle { process() } else { exchange?.downstreamBecameWritable() }
    }

    override func drain() {
        if phase == .idle, input.readableBytes == 0 { close() }
    }

    override func check(now: UInt64) {
        switch phase {
        case .exchanging, .tunnel: exchange?.check(now: now)
        case .discarding: if now >= deadline { stopDiscarding() }
        case .closing: break
        case .idle:
            guard now >= deadline else { return }
            if input.readableBytes > 0 {
                refuse(
                    HTTPFault(
                        .headTooLarge, status: 408,
                        "the request's head was not complete within \(limits.headerTimeoutMilliseconds) ms"),
                    flag: .downstreamTimeout)
            } else {
                close()
            }
        }
    }

    // MARK: Requests

    override func step() {
        while true {
            switch phase {
            case .idle: if !readHead() { return }
            case .exchanging: if !readBody() { return }
            case .discarding: if !discard() { return }
            case .tunnel: if !passTunnel() { return }
            case .closing:
                input.clear()
                return
            }
        }
    }

    /// `false` when nothing more can be done now.
    private func readHead() -> Bool {
        guard !inputClosed, isWritable else { return false }
        if mayBeHTTP2, input.readableBytes > 0, startsHTTP2() { return false }
        skipEmptyLine()
        guard input.readableBytes > 0 else { return false }
        switch finder.find(in: input, limit: httpLimits.maximumHeadBytes) {
        case .incomplete:
            if hasSoundHead {
                hasSoundHead = false
                deadline = Clock.monotonic().after(milliseconds: limits.headerTimeoutMilliseconds)
            }
            return false
        case .fault(let fault):
            hasSoundHead = false
            refuse(fault)
            return false
        case .found(let length):
            guard let bytes = input.readSlice(length: length) else { return false }
            if let fault = head.parse(bytes) ?? head.normalizePath(routes.pathNormalization) {
                hasSoundHead = false
                refuse(fault)
                return false
            }
            hasSoundHead = true
            decoder.start(head.body)
            bodyDone = head.body == .none
            phase = .exchanging
            let exchange = Exchange(self, worker: worker)
            self.exchange = exchange
            exchange.begin()
            return true
        }
    }

    /// One empty line before a request is skipped (RFC 9112 §2.2).
    private func skipEmptyLine() {
        if input.readableBytes >= 2, input.getInteger(at: input.readerIndex, as: UInt16.self) == 0x0D0A {
            input.moveReaderIndex(forwardBy: 2)
        }
    }

    private func readBody() -> Bool {
        guard !bodyDone, let exchange, exchange.takesContent else { return false }
        switch decoder.next(&input) {
        case .content(let content):
            exchange.requestContent(content)
            return true
        case .end(let trailers):
            return readEnd(trailers, exchange)
        case .fault(let fault):
            refuse(fault)
            return false
        case .needsMore: return false
        }
    }

    private func readEnd(_ trailers: ByteBuffer?, _ exchange: Exchange) -> Bool {
        var section: FieldSection?
        if let trailers {
            var parsed = FieldSection(limits: httpLimits)
            if let fault = parsed.parse(trailers, from: 0) {
                refuse(fault)
                return false
            }
            section = parsed
        }
        bodyDone = true
        exchange.requestEnd(trailers: section)
        return true
    }

    /// The request breaks HTTP, or did not come in time: it is answered, and this connection ends.
    private func refuse(_ fault: HTTPFault, flag: ResponseFlag = .downstreamProtocolError) {
        worker.counters.refused(fault.code)
        // Where the next message would start is not known: whatever still comes is thrown away.
        bodyDone = false
        decoder.start(.untilClose)
        if let exchange {
            exchange.fail(flag, fault.status, fault.sentence)
        } else {
            let exchange = Exchange(self, worker: worker)
            self.exchange = exchange
            phase = .exchanging
            exchange.refuseMalformed(fault, flag)
        }
    }
}

import NIOCore

/// One connection to an endpoint: carries one request at a time, is kept in its pool between them.
final class UpstreamConnection: ByteConnection {
    private enum Phase {
        case connecting
        case idle
        case awaitingHead
        case body
        case closed
    }

    let pool: ClusterPool
    let endpoint: Int
    private let isSecure: Bool
    private(set) var exchange: Exchange?
    private var phase = Phase.connecting
    /// Of connecting, then of idling.
    private var deadline: UInt64
    private var finder = HeadFinder()
    private var head: ResponseHead
    private var decoder: BodyDecoder
    private var failure: (any Error)?
    private var isCounted = true
    private(set) var requestsServed = 0
    /// Whether a byte of the current response has come.
    private(set) var hasResponseBytes = false
    /// The verified identity of the other end.
    private(set) var principal: Principal = .none

    init(
        worker: Worker, pool: ClusterPool, endpoint: Int, isSecure: Bool, exchange: Exchange, deadline: UInt64
    ) {
        self.pool = pool
        self.endpoint = endpoint
        self.isSecure = isSecure
        self.exchange = exchange
        self.deadline = deadline
        head = ResponseHead(limits: worker.upstreamLimits)
        decoder = BodyDecoder(limits: worker.upstreamLimits)
        super.init(worker: worker)
    }

    // MARK: Orders from the exchange

    /// A request of `exchange` follows.
    func begin(_ exchange: Exchange) {
        self.exchange = exchange
        phase = .awaitingHead
        hasResponseBytes = false
        finder.reset()
    }

    /// The exchange is done with this connection; `reusable` when both messages are complete.
    func finish(reusable: Bool) {
        exchange = nil
        requestsServed += 1
        head.clear()
        guard reusable, input.readableBytes == 0, !inputClosed else {
            phase = .closed
            close()
            return
        }
        phase = .idle
        pool.release(self)
    }

    /// Gives up on this connection; one that is still being opened goes to the pool once it is.
    func abandon() {
        exchange = nil
        if phase == .connecting { return }
        phase = .closed
        close()
    }

    func becomeIdle(until deadline: UInt64) { self.deadline = deadline }

    // MARK: Events

    override var wantsRead: Bool {
        switch phase {
        case .body: exchange?.downstreamTakesContent ?? true
        case .connecting, .idle, .awaitingHead, .closed: true
        }
    }

    override func active() {
        if phase == .closed { close() } else if !isSecure { ready() }
    }

    override func secured() {
        if let context { principal = worker.principal(of: context.channel) }
        ready()
    }

    private func ready() {
        guard phase == .connecting else { return }
        phase = .idle
        if let waiting = exchange {
            exchange = nil
            waiting.attached(self)
        } else {
            pool.release(self)
        }
    }

    func connectFailed(_ error: any Error) {
        failure = failure ?? error
        reportConnectFailure()
        uncount()
    }

    override func failed(_ error: any Error) {
        failure = failure ?? error
    }

    override func closed() {
        let wasConnecting = phase == .connecting
        if wasConnecting {
            reportConnectFailure()
        } else if exchange != nil {
            process()
        }
        uncount()
    }

    override func becameWritable() { exchange?.upstreamBecameWritable() }

    override func check(now: UInt64) {
        guard now >= deadline else { return }
        switch phase {
        case .connecting:
            failure = failure ?? ConnectTimeout(milliseconds: pool.cluster.connectTimeoutMilliseconds)
            reportConnectFailure()
            close()
        case .idle: close()
        case .awaitingHead, .body, .closed: break
        }
    }

    override func drain() { if phase == .idle { close() } }

    override func step() {
        while true {
            switch phase {
            case .connecting, .closed: return
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
            }
        }
    }

    /// `false` when nothing more can be done now.
    private func readHead() -> Bool {
        guard let exchange else { return false }
        if input.readableBytes > 0 { hasResponseBytes = true }
        switch finder.find(in: input, limit: worker.upstreamLimits.maximumHeadBytes) {
        case .incomplete:
            if inputClosed { connectionEnded(exchange) }
            return false
        case .fault(let fault):
            protocolError(fault, exchange)
            return false
        case .found(let length):
            guard let bytes = input.readSlice(length: length) else { return false }
            if let fault = head.parse(bytes, answering: exchange.method) {
                protocolError(fault, exchange)
                return false
            }
            if head.isInterim {
                exchange.interimResponse(head)
                return true
            }
            decoder.start(head.body)
            phase = .body
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
        case .end(let trailers):
            exchange.responseEnd(trailers: trailers, keepsAlive: head.keepsAlive && !inputClosed)
            return true
        case .fault(let fault):
            protocolError(fault, exchange)
            return false
        case .needsMore:
            if inputClosed {
                // Over TLS a missing close_notify may be a truncation (RFC 8446 §6.1).
                if failure == nil, decoder.endOfInput() {
                    exchange.responseEnd(trailers: nil, keepsAlive: false)
                } else {
                    connectionEnded(exchange)
                }
            }
            return false
        }
    }

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

    private func reportConnectFailure() {
        guard phase == .connecting else { return }
        phase = .closed
        guard let exchange else { return }
        self.exchange = nil
        let reason = failure.map(worker.describe) ?? "the connection was closed during its handshake"
        exchange.attemptFailed(
            UpstreamFailure(
                flag: .upstreamConnectionFailure,
                sentence: "no connection to \(pool.cluster.name) at \(endpointText): \(reason)", mayHaveArrived: false))
    }

    private func uncount() {
        guard isCounted else { return }
        isCounted = false
        pool.closed(self)
    }

    private var endpointText: String { pool.endpoints[endpoint].endpoint.description }
}

/// The endpoint did not complete the connection, its handshake included, in time.
struct ConnectTimeout: Error, CustomStringConvertible {
    var milliseconds: Int
    var description: String { "it took longer than \(milliseconds) ms" }
}

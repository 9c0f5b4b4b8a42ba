import Mesh
import NIOCore

/// The client's side of a copy of a request: gives what the real client gave, and throws the answer away.
final class MirrorDownstream: Downstream {
    let direction: Direction
    let routes: RouteTable
    let limits: RequestLimits
    let isSecure: Bool
    let principal: Principal
    let original: OriginalDestination?
    let peerAddress: [UInt8]
    let head: RequestHead
    let hasSoundHead = true
    let isWritable = true
    private var exchange: Exchange?
    private var body: ByteBuffer?
    private var trailers: FieldSection?

    init(of original: any Downstream, body: ByteBuffer, trailers: FieldSection?) {
        direction = original.direction
        routes = original.routes
        limits = original.limits
        isSecure = original.isSecure
        principal = original.principal
        self.original = original.original
        peerAddress = original.peerAddress
        head = original.head
        self.body = body
        self.trailers = trailers
    }

    /// Sends the copy. It lives as long as it is under way.
    func send(_ route: RouteState, worker: Worker) {
        let exchange = Exchange(self, worker: worker)
        self.exchange = exchange
        worker.mirrors.append(exchange)
        exchange.beginMirror(route)
    }

    func resume() {
        guard let exchange, let body, exchange.takesContent else { return }
        self.body = nil
        if head.body == .none { return }
        if body.readableBytes > 0 { exchange.requestContent(body) }
        exchange.requestEnd(trailers: trailers)
    }

    func exchangeEnded() { leave() }
    func abort() { leave() }

    private func leave() {
        guard let exchange else { return }
        self.exchange = nil
        exchange.worker.mirrors.removeAll { $0 === exchange }
    }

    // Nobody waits for the answer.

    func sendInterim(_ head: ResponseHead) {}
    func sendHead(_ head: ResponseHead, _ edits: HeadEdits) {}
    func sendContent(_ content: ByteBuffer) {}
    func sendEnd(trailers: FieldSection?) {}
    func answer(_ answer: ProxyAnswer) {}
}

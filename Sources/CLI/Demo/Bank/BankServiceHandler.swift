import NIOCore
import NIOHTTP1

/// Gathers a request, lets the service answer it, and writes the reply.
final class BankServiceHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let maximumBodyBytes = 1 << 20

    private let service: any BankService
    private let peers: BankPeers
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ service: any BankService, peers: BankPeers) {
        self.service = service
        self.peers = peers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.removeAll(keepingCapacity: true)
        case .body(let bytes):
            guard body.count + bytes.readableBytes <= Self.maximumBodyBytes else { return context.close(promise: nil) }
            body.append(contentsOf: bytes.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            answer(BankRequest(head: head, body: body), context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ request: BankRequest, _ channel: any Channel) {
        let (service, peers) = (service, peers)
        Task {
            let reply = await service.answer(request, peers: peers)
            var head = HTTPResponseHead(version: .http1_1, status: reply.status)
            head.headers.add(name: "content-type", value: "application/json")
            head.headers.add(name: "content-length", value: String(reply.body.count))
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: reply.body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }
}

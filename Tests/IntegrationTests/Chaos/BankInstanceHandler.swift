import Interop
import NIOCore
import NIOHTTP1
import Telemetry
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Takes requests of one connection, writes each down before anything else, and answers as its instance is in the mood.
final class BankInstanceHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: BankService
    private let instance: BankInstance
    private let caller: BankCaller
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ service: BankService, _ instance: BankInstance, _ caller: BankCaller) {
        self.service = service
        self.instance = instance
        self.caller = caller
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var bytes): body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            self.head = nil
            take(head, body, context.channel)
        }
    }

    /// A request that broke off in the middle has not arrived.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ head: HTTPRequestHead, _ body: ByteBuffer, _ channel: any Channel) {
        let arrival = Self.arrival(head, at: service)
        if let arrival { caller.chronicle.add(arrival) }
        switch instance.mood {
        case .resets:
            guard let socket = channel as? any SocketOptionProvider else {
                // A stream of HTTP/2.
                channel.close(promise: nil)
                return
            }
            // Without waiting for what is still to be sent: the peer sees a reset.
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil) }
        case .unavailable:
            Self.write(503, "\(service.rawValue) is not available", isRPC: arrival?.kind.isRPC == true, on: channel)
        case .answers, .hangs:
            let work = BankWork(arrival: arrival, head: head, body: body, instance: instance, caller: caller)
            Self.start(work, answeringOn: channel)
        }
    }

    private static func start(_ work: BankWork, answeringOn channel: any Channel) {
        Task {
            let answer = try await work.answer()
            write(answer.status, answer.body, isRPC: work.arrival?.kind.isRPC == true, on: channel)
        }
    }

    /// What the request is, unless it asks for health.
    private static func arrival(_ head: HTTPRequestHead, at service: BankService) -> Arrival? {
        let segments = head.uri.split(separator: "/").map(String.init)
        guard segments.count == 2, let kind = CallKind(rawValue: segments[0]) else { return nil }
        let parent = (head.headers.first(name: BankHeader.trace) ?? "").split(separator: "-")
        return Arrival(
            service: service, call: segments[1], payment: head.headers.first(name: BankHeader.payment) ?? "",
            kind: kind, serverSpan: SpanID(parent.count == 4 ? UInt64(parent[2], radix: 16) ?? 0 : 0),
            at: Chronicle.now())
    }

    /// The other side may be gone; then nobody waits for the answer.
    private static func write(_ status: Int, _ text: String, isRPC: Bool, on channel: any Channel) {
        if isRPC { return writeRPC(status, text, on: channel) }
        let body = ByteBuffer(string: text)
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status),
            headers: ["content-length": String(body.readableBytes)])
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    }

    private static func writeRPC(_ status: Int, _ text: String, on channel: any Channel) {
        let head = HTTPResponseHead(version: .http2, status: .ok, headers: ["content-type": "application/grpc"])
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        let code = BankRPC.code(of: status)
        if code == 0 {
            let message = BankRPC.framed(ByteBuffer(string: text))
            channel.write(HTTPServerResponsePart.body(.byteBuffer(message)), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(["grpc-status": String(code)]), promise: nil)
    }
}

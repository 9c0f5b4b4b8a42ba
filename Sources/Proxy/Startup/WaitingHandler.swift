import NIOCore
import NIOHTTP1

/// The admin listener of a proxy that cannot serve yet: alive, not ready, and why.
final class WaitingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let reason: @Sendable () -> String
    private var head: HTTPRequestHead?

    init(reason: @escaping @Sendable () -> String) { self.reason = reason }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            let path = head.uri.prefix { $0 != "?" }
            let answer =
                path == "/healthz"
                ? AdminAnswer(body: "alive\n")
                : AdminAnswer(status: .serviceUnavailable, body: "waiting: \(reason())\n")
            answer.write(to: head, context)
        }
    }
}

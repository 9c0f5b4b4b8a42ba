import NIOCore
import NIOHTTP1
import Transport

/// The admin listener's connections: whole requests, and the pages' answers.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    static var limits: Transport.HTTPLimits {
        var limits = Transport.HTTPLimits()
        limits.maximumBodyBytes = 4_096
        return limits
    }

    private let pages: any AdminPages
    private var head: HTTPRequestHead?

    init(_ pages: any AdminPages) { self.pages = pages }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            let path = String(head.uri.prefix { $0 != "?" })
            pages.answer(head, path: path, context)?.write(to: head, context)
        }
    }
}

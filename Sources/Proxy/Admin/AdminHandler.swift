import NIOCore
import NIOHTTP1
import Transport

/// The admin listener: `/metrics`, `/healthz`, `/readyz`, `/config`, `POST /drain` and `POST /reload`.
final class AdminHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    static var limits: Transport.HTTPLimits {
        var limits = Transport.HTTPLimits()
        limits.maximumBodyBytes = 4_096
        return limits
    }

    private let server: ProxyServer
    private var head: HTTPRequestHead?

    init(_ server: ProxyServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            let path = head.uri.prefix { $0 != "?" }
            if path == "/reload", head.method == .POST {
                reload(head, context)
                return
            }
            let answer = answer(method: head.method, path: String(path))
            write(answer, to: head, context)
        }
    }

    private struct Answer {
        var status: HTTPResponseStatus = .ok
        var type = "text/plain; charset=utf-8"
        var body: String
    }

    private func answer(method: NIOHTTP1.HTTPMethod, path: String) -> Answer {
        switch (path, method) {
        case ("/metrics", .GET), ("/metrics", .HEAD):
            return Answer(type: "text/plain; version=0.0.4; charset=utf-8", body: server.registry.render())
        case ("/healthz", .GET), ("/healthz", .HEAD): return Answer(body: "alive\n")
        case ("/readyz", .GET), ("/readyz", .HEAD):
            return server.isDraining
                ? Answer(status: .serviceUnavailable, body: "draining\n") : Answer(body: "ready\n")
        case ("/config", .GET), ("/config", .HEAD):
            return Answer(type: "application/json", body: server.configurationText)
        case ("/drain", .POST):
            server.requestDrain()
            return Answer(status: .accepted, body: "draining\n")
        case ("/metrics", _), ("/healthz", _), ("/readyz", _), ("/config", _):
            return Answer(status: .methodNotAllowed, body: "\(path) takes GET only\n")
        case ("/reload", _): return Answer(status: .methodNotAllowed, body: "/reload takes POST only\n")
        case ("/drain", _): return Answer(status: .methodNotAllowed, body: "/drain takes POST only\n")
        default:
            return Answer(
                status: .notFound, body: "there is /metrics, /healthz, /readyz, /config, /drain and /reload\n")
        }
    }

    /// Answers once the new configuration serves, or why it does not.
    private func reload(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let server = server
        context.eventLoop.makeFutureWithTask { try await server.reload() }.whenComplete { result in
            let (handler, context) = bound.value
            guard context.channel.isActive else { return }
            let answer =
                switch result {
                case .success(.applied): Answer(body: "the configuration is taken over\n")
                case .success(.refused(let reason)): Answer(status: .unprocessableEntity, body: reason + "\n")
                case .failure(let error): Answer(status: .internalServerError, body: "\(error)\n")
                }
            handler.write(answer, to: request, context)
        }
    }

    private func write(_ answer: Answer, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: answer.type)
        headers.add(name: "content-length", value: String(answer.body.utf8.count))
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
            promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}

import NIOCore
import NIOHTTP1

/// `/metrics`, `/healthz`, `/readyz`, `/config`, `POST /drain` and `POST /reload` of a proxy that serves.
struct ServingPages: AdminPages {
    private let server: ProxyServer

    init(_ server: ProxyServer) { self.server = server }

    func answer(_ request: HTTPRequestHead, path: String, _ context: ChannelHandlerContext) -> AdminAnswer? {
        guard path == "/reload", request.method == .POST else { return answer(method: request.method, path: path) }
        reload(request, context)
        return nil
    }

    private func answer(method: NIOHTTP1.HTTPMethod, path: String) -> AdminAnswer {
        switch (path, method) {
        case ("/metrics", .GET), ("/metrics", .HEAD):
            return AdminAnswer(type: "text/plain; version=0.0.4; charset=utf-8", body: server.registry.render())
        case ("/healthz", .GET), ("/healthz", .HEAD): return AdminAnswer(body: "alive\n")
        case ("/readyz", .GET), ("/readyz", .HEAD):
            return server.isDraining
                ? AdminAnswer(status: .serviceUnavailable, body: "draining\n") : AdminAnswer(body: "ready\n")
        case ("/config", .GET), ("/config", .HEAD):
            return AdminAnswer(type: "application/json", body: server.configurationText)
        case ("/drain", .POST):
            server.requestDrain()
            return AdminAnswer(status: .accepted, body: "draining\n")
        case ("/metrics", _), ("/healthz", _), ("/readyz", _), ("/config", _):
            return AdminAnswer(status: .methodNotAllowed, body: "\(path) takes GET only\n")
        case ("/reload", _): return AdminAnswer(status: .methodNotAllowed, body: "/reload takes POST only\n")
        case ("/drain", _): return AdminAnswer(status: .methodNotAllowed, body: "/drain takes POST only\n")
        default:
            return AdminAnswer(
                status: .notFound, body: "there is /metrics, /healthz, /readyz, /config, /drain and /reload\n")
        }
    }

    /// Answers once the new configuration serves, or why it does not.
    private func reload(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let server = server
        context.eventLoop.makeFutureWithTask { try await server.reload() }.whenComplete { result in
            let context = bound.value
            guard context.channel.isActive else { return }
            let answer =
                switch result {
                case .success(.applied): AdminAnswer(body: "the configuration is taken over\n")
                case .success(.refused(let reason)): AdminAnswer(status: .unprocessableEntity, body: reason + "\n")
                case .failure(let error): AdminAnswer(status: .internalServerError, body: "\(error)\n")
                }
            answer.write(to: request, context)
        }
    }
}

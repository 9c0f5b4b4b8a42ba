import NIOCore
import NIOHTTP1

/// The admin pages of a proxy that cannot serve yet: alive, not ready, and why.
struct WaitingPages: AdminPages {
    let reason: @Sendable () -> String

    func answer(_ request: HTTPRequestHead, path: String, _ context: ChannelHandlerContext) -> AdminAnswer? {
        path == "/healthz"
            ? AdminAnswer(body: "alive\n")
            : AdminAnswer(status: .serviceUnavailable, body: "waiting: \(reason())\n")
    }
}

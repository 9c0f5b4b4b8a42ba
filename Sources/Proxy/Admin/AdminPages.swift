import NIOCore
import NIOHTTP1

/// What the admin listener of a proxy says, in the state that the proxy is in.
protocol AdminPages {
    /// The answer to a request; `nil` when it is written later, by the pages themselves.
    ///
    /// - Parameter path: Without its query.
    func answer(_ request: HTTPRequestHead, path: String, _ context: ChannelHandlerContext) -> AdminAnswer?
}

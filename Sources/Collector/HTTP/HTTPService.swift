import NIOCore
import NIOHTTP1

/// What a listener serves. Called on the connection's event loop; must not block it.
public protocol HTTPService: Sendable {
    /// The largest body taken for this request, in bytes as they arrive; zero for none.
    func bodyLimit(_ head: HTTPRequestHead) -> Int
    /// An answer that needs no body: a refusal given before the body is read, so that a flood costs nothing.
    func refusal(_ head: HTTPRequestHead) -> HTTPAnswer?
    /// Who sends it: the name of a token, or `anonymous`.
    func principal(_ head: HTTPRequestHead) -> String
    /// Answers once, from any thread.
    func respond(to request: HTTPRequest, reply: @escaping @Sendable (HTTPAnswer) -> Void)
    /// How the service words an error that HTTP itself gives rise to (a body too large, too slow, cut short) to whoever
    /// sent `head`.
    func failure(_ status: HTTPResponseStatus, _ message: String, to head: HTTPRequestHead) -> HTTPAnswer
}

extension HTTPService {
    public func failure(_ status: HTTPResponseStatus, _ message: String, to head: HTTPRequestHead) -> HTTPAnswer {
        .error(status, code: status.reasonPhrase.lowercased().replacing(" ", with: "_"), message)
    }
}

import Mesh
import NIOCore

/// The client's side of one exchange, whatever version of HTTP it speaks. Used on its event loop only.
///
/// It tells its exchange what comes (`requestContent`, `requestEnd`, `downstreamBecameWritable`, `downstreamClosed`)
/// and is told what to send: any number of interim heads, then a head, content and the end; or one `answer` of the
/// proxy's own; or `abort`. After the end or the answer the exchange says `exchangeEnded` and forgets it.
protocol Downstream: AnyObject {
    var direction: Direction { get }
    var routes: RouteTable { get }
    var limits: RequestLimits { get }
    var isSecure: Bool { get }
    /// Who the client is; `none` on plain connections.
    var principal: Principal { get }
    /// Where the connection wanted to go, when it was intercepted.
    var original: OriginalDestination? { get }
    /// The address of the client, or of the proxy before this one; empty where it has none.
    var peerAddress: [UInt8] { get }
    var head: RequestHead { get }
    /// Whether `head` is that of the exchange; else the bytes that came were no request.
    var hasSoundHead: Bool { get }
    /// Whether the client takes more of the answer now.
    var isWritable: Bool { get }

    /// A 1xx head, for clients that know it.
    func sendInterim(_ head: ResponseHead)
    /// The head of the answer; its framing follows `head.body`.
    func sendHead(_ head: ResponseHead, _ edits: HeadEdits)
    func sendContent(_ content: ByteBuffer)
    func sendEnd(trailers: FieldSection?)
    /// A whole answer in the proxy's own name, in the form that the client understands.
    func answer(_ answer: ProxyAnswer)
    /// Breaks off an answer so that the client sees that it is not complete.
    func abort()
    /// The exchange is over: its answer is written.
    func exchangeEnded()
    /// The upstream takes content: deliver what has been held back.
    func resume()
}

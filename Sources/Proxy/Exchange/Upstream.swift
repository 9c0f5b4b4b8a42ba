import NIOCore

/// The endpoint's side of one attempt, whatever version of HTTP it speaks. Used on its event loop only.
///
/// It gets the request's head, content and end, and tells the exchange what comes back: `interimResponse`, `response`,
/// `responseContent`, `responseEnd`; or `attemptFailed`, after which the exchange calls `abandon`.
protocol Upstream: AnyObject {
    /// Index in the cluster.
    var endpoint: Int { get }
    /// The verified identity of the other end; `none` on plain connections.
    var principal: Principal { get }
    var version: HTTPVersion { get }
    /// Whether the endpoint takes more of the request now.
    var isWritable: Bool { get }

    /// Sends the head of the exchange's request.
    func begin(_ exchange: Exchange, _ edits: HeadEdits)
    func sendContent(_ content: ByteBuffer)
    func sendEnd(trailers: FieldSection?)
    /// The client takes content: deliver what has been held back.
    func resume()
    /// No response is wanted any more.
    func abandon()
    /// The response is complete, or what is left of it is not wanted; `reusable` when the request is complete too.
    func finish(reusable: Bool)
    /// The exchange that this was made ready for needs it no more; nothing has been sent.
    func giveBack()
}

import NIOCore
import NIOHTTP2

/// A call on its way, and what hangs on it. Bound to its connection's event loop.
final class GRPCServerStream {
    let id: HTTP2StreamID
    let head: GRPCCallHead
    let caller: GRPCCaller
    let cancellation = GRPCCancellation()
    let bodyDeadline: NIODeadline
    var call: GRPCCall
    /// Bytes set aside for the message so far.
    var reserved = 0
    /// Of the client's `grpc-timeout`.
    var deadline: Scheduled<Void>?

    init(id: HTTP2StreamID, head: GRPCCallHead, caller: GRPCCaller, limits: GRPCLimits, now: NIODeadline) {
        self.id = id
        self.head = head
        self.caller = caller
        call = GRPCCall(limits: limits, isEncoded: head.encoding != nil)
        bodyDeadline = now + .milliseconds(Int64(limits.bodyTimeoutMilliseconds))
    }
}

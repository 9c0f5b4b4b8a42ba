import Mesh
import NIOCore

/// A fault that happens to one exchange.
final class InjectedFault {
    let rule: FaultRule
    /// Of the delay, then of the throttled response.
    var timer: Scheduled<Void>?
    /// Monotonic nanoseconds at which what has been sent would have been sent at the rule's rate.
    var throttledUntil: UInt64 = 0

    init(_ rule: FaultRule) { self.rule = rule }

    /// What has come of the response and is not due yet.
    var held = ByteBuffer()
    /// The response's end, with its trailers, has come too.
    var heldEnd: FieldSection??

    /// The response may not go on yet.
    var isThrottled: Bool { timer != nil }
}

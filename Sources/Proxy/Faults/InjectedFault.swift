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

    /// The response may go on.
    var isThrottled: Bool { timer != nil }
}

import Logging
import NIOCore
import Wire

/// Tells in the log when collectors are lost and found again, and when spans are: metrics that travel by the same
/// connection come too late to say so.
package struct CollectorReport: Sendable {
    /// A collector that starts again is gone for a moment; nobody wants to read of that.
    static let patience = TimeAmount.seconds(2)
    static let pause = TimeAmount.seconds(60)

    private let log: Logger
    private var missingSince: NIODeadline?
    private var missing = 0
    private var lostSpans: UInt64 = 0
    private var lossTold: NIODeadline?

    package init(log: Logger) { self.log = log }

    /// To be called every now and then.
    package mutating func look(_ statistics: ExporterStatistics, now: NIODeadline) {
        lookAtConnections(statistics, now)
        lookAtLosses(statistics, now)
    }

    private mutating func lookAtConnections(_ statistics: ExporterStatistics, _ now: NIODeadline) {
        let count = statistics.configuredEndpoints - statistics.connectedEndpoints
        guard count > 0 else {
            if missing > 0 { log.notice("every collector is reached again") }
            (missingSince, missing) = (nil, 0)
            return
        }
        let since = missingSince ?? now
        missingSince = since
        guard count != missing, now - since >= Self.patience else { return }
        missing = count
        let reason = statistics.lastError.isEmpty ? "" : ": \(statistics.lastError)"
        log.warning(
            "\(count) of \(statistics.configuredEndpoints) collectors are not reached, and what is recorded waits\(reason)"
        )
    }

    private mutating func lookAtLosses(_ statistics: ExporterStatistics, _ now: NIODeadline) {
        let lost = statistics.droppedSpans
        guard lost > lostSpans else { return }
        if let lossTold, now < lossTold + Self.pause { return }
        log.error("\(lost - lostSpans) spans are lost, and recorded as lost: there was no room for them to wait in")
        (lostSpans, lossTold) = (lost, now)
    }
}

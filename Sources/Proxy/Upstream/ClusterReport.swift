import Logging
import Mesh
import Telemetry

/// Tells in the log which endpoints of a cluster get no requests, and why, and when its breaker opens: the metrics say
/// how many. One worker's own, as its judgements are.
package struct ClusterReport {
    private enum Standing { case available, failingChecks, ejected }

    /// Endpoints that come and go all the time do not fill the log: so many lines, and no more until the pause is over.
    package static let maximumLines = 20
    static let pauseMilliseconds = 10_000

    private let cluster: String
    /// All workers see the verdicts of health checks at once; the first one, who makes the checks, tells.
    private let tellsChecks: Bool
    /// At the end of each line; empty for the only worker.
    private let teller: String
    private let log: Logger
    private var standings: [Standing]
    private var isPanicking = false
    private var lines = 0
    private var pauseEnds: UInt64 = 0

    package init(_ cluster: Cluster, worker: Int, of workers: Int, log: Logger) {
        self.cluster = cluster.name
        tellsChecks = worker == 0
        teller = workers > 1 ? " (worker \(worker))" : ""
        self.log = log
        standings = Array(repeating: .available, count: cluster.endpoints.count)
    }

    package mutating func endpoint(
        _ index: Int, _ name: HostPort, passesChecks: Bool, _ ejection: OutlierDetector.Ejection?, now: UInt64
    ) {
        let standing: Standing = ejection != nil ? .ejected : passesChecks || !tellsChecks ? .available : .failingChecks
        let before = standings[index]
        guard standing != before else { return }
        standings[index] = standing
        let place = "the endpoint \(name) of \(cluster)"
        if let ejection {
            let time = Self.time(ejection.milliseconds)
            tell(.warning, "\(place) gets no requests for \(time): \(Self.clause(ejection.cause))\(teller)", now)
        } else if standing == .failingChecks {
            tell(.warning, "\(place) gets no requests: it fails its health checks", now)
        } else {
            tell(.notice, "\(place) gets requests again\(before == .ejected ? teller : "")", now)
        }
    }

    package mutating func panic(_ isPanicking: Bool, now: UInt64) {
        guard isPanicking != self.isPanicking else { return }
        self.isPanicking = isPanicking
        if isPanicking {
            tell(.warning, "so few endpoints of \(cluster) are available that all of them get requests\(teller)", now)
        } else {
            tell(.notice, "enough endpoints of \(cluster) are available again\(teller)", now)
        }
    }

    package mutating func breaker(
        from before: BreakerState.Phase, to after: BreakerState.Phase, _ settings: FailureRateBreaker, now: UInt64
    ) {
        switch (before, after) {
        case (.closed, .open):
            let pause = Self.time(settings.openMilliseconds)
            let share = Self.percent(settings.failurePercent.fraction)
            tell(
                .warning,
                "the breaker of \(cluster) is open: \(share) or more of its last attempts failed, and none is made for "
                    + "\(pause)\(teller)", now)
        case (_, .closed): tell(.notice, "the breaker of \(cluster) is closed again\(teller)", now)
        // A probe that failed: it is as it was.
        case (_, .open), (_, .halfOpen): break
        }
    }

    private mutating func tell(_ level: Logger.Level, _ sentence: String, _ now: UInt64) {
        if now >= pauseEnds {
            pauseEnds = now.after(milliseconds: Self.pauseMilliseconds)
            lines = 0
        }
        lines += 1
        if lines <= Self.maximumLines {
            log.log(level: level, "\(sentence)")
        } else if lines == Self.maximumLines + 1 {
            log.warning(
                "more changes of \(cluster) are not told for \(Self.time(Self.pauseMilliseconds)); see its metrics")
        }
    }

    private static func clause(_ cause: OutlierDetector.Ejection.Cause) -> String {
        switch cause {
        case .failures(let count): count == 1 ? "an attempt failed" : "\(count) attempts in a row failed"
        case .successRate(let rate, let mean):
            "\(percent(rate)) of its attempts succeeded, and \(percent(mean)) on the average"
        }
    }

    private static func time(_ milliseconds: Int) -> String {
        DurationText.string(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    /// `61.5 %`, of a fraction.
    private static func percent(_ fraction: Double) -> String {
        let tenths = Int((fraction * 1_000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}

import Mesh
import Proxy
import Testing

/// What the log says of endpoints and breakers. That it says so at all is tested where they fail.
@Suite struct ClusterReportTests {
    private static let second: UInt64 = 1_000_000_000
    private let lines = LogLines()
    private let host = HostPort(host: "10.0.0.7", port: 8443)

    private func report(worker: Int = 0, of workers: Int = 1) -> ClusterReport {
        ClusterReport(Cluster(name: "ledger", endpoints: [host, host]), worker: worker, of: workers, log: lines.logger)
    }

    @Test func reasonsAreToldInFigures() {
        var report = report()
        let slow = OutlierDetector.Ejection(cause: .successRate(0.61, mean: 0.984), milliseconds: 90_000)
        report.endpoint(0, host, passesChecks: true, slow, now: 1)
        report.endpoint(0, host, passesChecks: false, slow, now: 2)
        // Its ejection is over, and it fails its checks now.
        report.endpoint(0, host, passesChecks: false, nil, now: 3)
        report.endpoint(0, host, passesChecks: true, nil, now: 4)
        report.panic(true, now: 5)
        report.panic(true, now: 6)
        report.panic(false, now: 7)
        let place = "the endpoint 10.0.0.7:8443 of ledger"
        #expect(
            lines.all == [
                "warning \(place) gets no requests for 1 min 30 s: 61 % of its attempts succeeded, and 98.4 % on the average",
                "warning \(place) gets no requests: it fails its health checks",
                "notice \(place) gets requests again",
                "warning so few endpoints of ledger are available that all of them get requests",
                "notice enough endpoints of ledger are available again",
            ])
    }

    @Test func eachWorkerSpeaksForItself() {
        var report = report(worker: 3, of: 4)
        let ejection = OutlierDetector.Ejection(cause: .failures(5), milliseconds: 1_500)
        report.endpoint(1, host, passesChecks: true, ejection, now: 1)
        report.endpoint(1, host, passesChecks: true, nil, now: 2)
        // The first worker tells of health checks.
        report.endpoint(1, host, passesChecks: false, nil, now: 3)
        report.endpoint(1, host, passesChecks: true, nil, now: 4)
        let breaker = FailureRateBreaker(failurePercent: Percentage(25), openMilliseconds: 5_000)
        report.breaker(from: .closed, to: .open, breaker, now: 5)
        report.breaker(from: .open, to: .halfOpen, breaker, now: 6)
        report.breaker(from: .halfOpen, to: .open, breaker, now: 7)
        report.breaker(from: .halfOpen, to: .closed, breaker, now: 8)
        let place = "the endpoint 10.0.0.7:8443 of ledger"
        #expect(
            lines.all == [
                "warning \(place) gets no requests for 1.5 s: 5 attempts in a row failed (worker 3)",
                "notice \(place) gets requests again (worker 3)",
                "warning the breaker of ledger is open: 25 % or more of its last attempts failed, "
                    + "and none is made for 5 s (worker 3)",
                "notice the breaker of ledger is closed again (worker 3)",
            ])
    }

    @Test func whatComesAndGoesAllTheTimeDoesNotFillTheLog() {
        var report = report()
        let ejection = OutlierDetector.Ejection(cause: .failures(1), milliseconds: 1)
        for round in 0..<100 {
            report.endpoint(0, host, passesChecks: true, round.isMultiple(of: 2) ? ejection : nil, now: Self.second)
        }
        #expect(lines.all.count == ClusterReport.maximumLines + 1)
        #expect(lines.all.last == "warning more changes of ledger are not told for 10 s; see its metrics")
        report.endpoint(0, host, passesChecks: true, ejection, now: 12 * Self.second)
        #expect(lines.all.count == ClusterReport.maximumLines + 2)
        #expect(lines.all.last?.hasSuffix("gets no requests for 1 ms: an attempt failed") == true)
    }
}

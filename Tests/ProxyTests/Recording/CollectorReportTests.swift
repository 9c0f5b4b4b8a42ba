import NIOCore
import Proxy
import Testing
import Wire

@Suite struct CollectorReportTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func at(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }

    @Test func lostAndFound() {
        let lines = LogLines()
        var report = CollectorReport(log: lines.logger)
        var statistics = ExporterStatistics()
        statistics.configuredEndpoints = 2
        statistics.connectedEndpoints = 2
        report.look(statistics, now: at(0))
        // Back before anybody needs to know.
        statistics.connectedEndpoints = 1
        report.look(statistics, now: at(1))
        statistics.connectedEndpoints = 2
        report.look(statistics, now: at(2))
        #expect(lines.all.isEmpty)
        statistics.connectedEndpoints = 1
        statistics.lastError = "cannot connect to a:4316: nothing listens there"
        for second in 10..<20 { report.look(statistics, now: at(Int64(second))) }
        #expect(
            lines.all == [
                "warning 1 of 2 collectors are not reached, and what is recorded waits: "
                    + "cannot connect to a:4316: nothing listens there"
            ])
        statistics.connectedEndpoints = 0
        report.look(statistics, now: at(20))
        #expect(lines.all.count == 2)
        statistics.connectedEndpoints = 2
        for second in 21..<25 { report.look(statistics, now: at(Int64(second))) }
        #expect(lines.all.count == 3 && lines.all.last == "notice every collector is reached again")
    }

    @Test func lossesOnceAMinute() {
        let lines = LogLines()
        var report = CollectorReport(log: lines.logger)
        var statistics = ExporterStatistics()
        for second in 0..<90 {
            statistics.droppedSpans += 2
            report.look(statistics, now: at(Int64(second)))
        }
        #expect(
            lines.all == [
                "error 2 spans are lost, and recorded as lost: there was no room for them to wait in",
                "error 120 spans are lost, and recorded as lost: there was no room for them to wait in",
            ])
    }
}

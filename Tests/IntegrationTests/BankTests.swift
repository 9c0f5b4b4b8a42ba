import Foundation
import NIOPosix
import Telemetry
import Testing
import Transport

/// The demo's bank, whole: ten services, eleven processes with certificates of their own, real payments.
@Suite(.serialized, .timeLimit(.minutes(3))) struct BankTests {
    private struct Summary: Decodable {
        var payments: Int
        var booked: Int
        var settled: Int
        var wholeJourney: String
        var failedJourney: String
        var collector: String
        var directory: String
    }

    @Test func aPaymentsJourneyIsWholeThroughTheBank() async throws {
        let demo = try ChildProcess(
            Programs.waybill, ["demo", "--payments", "60", "--rate", "20", "--seed", "7", "--stay", "--json"])
        var summary: Summary?
        try await Patience.until("the bank has summed up", within: 90) {
            guard demo.isRunning else { throw Patience.Exhausted(description: "the demo ended: \(demo.errors)") }
            let text = demo.output
            guard let start = text.firstIndex(of: "{"), let end = text.lastIndex(of: "}") else { return false }
            summary = try? JSONDecoder().decode(Summary.self, from: Data(text[start...end].utf8))
            return summary != nil
        }
        let run = try #require(summary)
        #expect(run.payments == 60 && run.booked > 0 && run.booked < 60 && run.settled > 0)

        let whole = try await journey(run.wholeJourney, run)
        #expect(whole.summary.outcome == .succeeded)
        #expect(whole.summary.services.count >= 8, "\(whole.summary.services)")
        #expect(whole.completeness.verdict == .complete && whole.completeness.missing.isEmpty)
        #expect(whole.summary.retries > 0, "a retried hop is seen")
        #expect(whole.legs.count == 2, "authorised now, settled later")
        let requests = whole.hops.filter { $0.form == .request && $0.parent != nil }
        #expect(requests.allSatisfy { $0.calleePrincipal?.hasPrefix("spiffe://bank.example/") == true })
        #expect(
            requests.contains { $0.linkedBy == .transaction },
            "the service that forwards no trace headers is found by the transaction")

        let refused = try await journey(run.failedJourney, run)
        #expect(refused.summary.outcome == .refused || refused.summary.outcome == .failed)

        demo.send(SIGTERM)
        #expect(try await demo.end(within: 30) == 0, "\(demo.errors)")
        #expect(!FileManager.default.fileExists(atPath: run.directory), "nothing is left behind")
    }

    private func journey(_ id: String, _ run: Summary) async throws -> Journey {
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        defer { client.closeIdle() }
        let answer = try await client.get("\(run.collector)/api/v1/journeys/\(id)")
        return try JSONDecoder().decode(Journey.self, from: Data(answer.body.readableBytesView))
    }
}

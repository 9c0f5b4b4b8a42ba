import Telemetry
import Testing

@Suite struct HopTests {
    @Test func callerAndCalleeAreOneHop() throws {
        var story = Story()
        story.hop(
            "payments", "ledger", "POST /entries", at: 10, took: 5000, status: 201, attempt: 1, transaction: "P-1001")
        let journey = story.journey()
        let hop = try #require(journey.hops.first)
        #expect(journey.hops.count == 1)
        #expect(hop.form == .request)
        #expect(hop.caller?.service == "payments" && hop.callee?.service == "ledger" && hop.service == "ledger")
        #expect(hop.callerPrincipal == Story.principal("payments"))
        #expect(hop.calleePrincipal == Story.principal("ledger"))
        #expect(hop.httpStatus == 201 && hop.outcome == .succeeded && hop.attempt == 1)
        #expect(hop.durationNanoseconds == 5_000_000)
        #expect(hop.transactions == [TransactionKey(kind: "payment", value: "P-1001")])
        #expect(hop.caller?.source.sequence == 1 && hop.callee?.source.sequence == 2)
        #expect(hop.caller?.source.door == "wire")
        #expect(journey.completeness.verdict == .complete)
        #expect(journey.keys == [TransactionKey(kind: "payment", value: "P-1001")])
    }

    /// Zipkin's callers and callees may share one span id; what the callee calls hangs below that id.
    @Test func sharedSpanIDs() throws {
        var story = Story()
        let id = story.span(id: 0x77, "a", "call", .client, at: 0, took: 9000)
        _ = story.span(id: id, "b", "serve", .server, at: 1000, took: 7000)
        story.hop(below: id, "b", "c", "next", at: 2000, took: 3000)
        let hops = story.journey().hops
        #expect(hops.map(\.service) == ["b", "c"])
        #expect(hops[0].caller?.spanID == hops[0].callee?.spanID)
        #expect(hops[1].parent == 0)
        #expect(!hops[0].hasConflict)
        #expect(story.journey().completeness.verdict == .complete)
    }

    @Test func messagesJoinProducerAndConsumerOnly() {
        var story = Story()
        let sent = story.span("a", "publish", .producer, at: 0, took: 10)
        _ = story.span(parent: sent, "b", "consume", .consumer, at: 500, took: 100)
        _ = story.span(parent: sent, "c", "consume", .consumer, at: 600, took: 100)
        let client = story.span("a", "call", .client, at: 1000, took: 10)
        _ = story.span(parent: client, "q", "consume", .consumer, at: 1001, took: 5)
        let hops = story.journey().hops
        #expect(hops.map(\.form) == [.message, .message, .request, .message])
        #expect(hops[0].caller?.service == "a" && hops[0].callee?.service == "b")
        #expect(hops[1].caller == nil && hops[1].callee?.service == "c" && hops[1].parent == 0)
        #expect(hops[2].callee == nil)
        #expect(hops[3].parent == 2)
    }

    @Test func workInsideAService() {
        var story = Story()
        let server = story.span("a", "serve", at: 0, took: 100)
        let work = story.span(parent: server, "a", "work", .internal, at: 10, took: 50)
        story.hop(below: work, "a", "b", "call", at: 20, took: 20)
        let hops = story.journey().hops
        #expect(hops.map(\.form) == [.request, .internal, .request])
        #expect(hops.map(\.depth) == [0, 1, 2])
        #expect(story.journey().summary.hops == 2)
    }

    @Test func outcomes() {
        func outcome(_ status: Int?, error: String? = nil, _ attributes: [Attribute] = []) -> HopOutcome? {
            var story = Story()
            _ = story.span("a", "x", at: 0, took: 1, status: status, error: error, attributes: attributes)
            return story.journey().hops.first?.outcome
        }
        #expect(outcome(200) == .succeeded)
        #expect(outcome(nil) == .succeeded)
        #expect(outcome(402, error: "declined") == .refused)
        #expect(outcome(503) == .failed)
        #expect(outcome(nil, error: "boom") == .failed)
        #expect(outcome(nil, [Attribute("rpc.grpc.status_code", .int(14))]) == .failed)
        // A proxy's span: HTTP's status is no news, and a client's is an error for every status.
        #expect(outcome(200, [Attribute("rpc.grpc.status_code", .int(14))]) == .failed)
        #expect(outcome(200, error: "declined", [Attribute("rpc.grpc.status_code", .int(9))]) == .refused)
        #expect(outcome(200, [Attribute("rpc.grpc.status_code", .int(0))]) == .succeeded)
        #expect(outcome(nil, [Attribute("http.status_code", .string("500"))]) == .failed)
    }

    /// The callee finished, but its caller had given up.
    @Test func whatTheCallerSawCounts() {
        var story = Story()
        let client = story.span("a", "x", .client, at: 0, took: 10, status: 504, error: "timeout")
        _ = story.span(parent: client, "b", "x", at: 1, took: 50, status: 200)
        #expect(story.journey().hops.map(\.outcome) == [.failed])
        #expect(story.journey().hops[0].httpStatus == 504)
    }

    @Test func attemptsFollowOneAnother() {
        var story = Story()
        let root = story.span("a", "x", at: 0, took: 900_000)
        for attempt in 1...3 {
            story.hop(
                below: root, "a", "b", "POST /", at: UInt64(attempt) * 1000, took: 800, status: attempt < 3 ? 503 : 200,
                attempt: attempt)
        }
        story.hop(below: root, "a", "b", "POST /", at: 10_000, took: 800, status: 503, attempt: 1)
        let journey = story.journey()
        #expect(journey.hops.map(\.retriedBy) == [nil, 2, 3, nil, nil])
        #expect(journey.summary.retries == 2 && journey.summary.failedHops == 3)
        #expect(journey.summary.outcome == .succeeded)
    }

    @Test func resendCountNamesTheAttempt() {
        var story = Story()
        let root = story.span("a", "x", at: 0, took: 9000)
        _ = story.span(parent: root, "a", "GET", .client, at: 10, took: 5, error: "reset")
        _ = story.span(
            parent: root, "a", "GET", .client, at: 20, took: 5,
            attributes: [Attribute("http.request.resend_count", .int(1))])
        let hops = story.journey().hops
        #expect(hops.map(\.attempt) == [nil, nil, 2])
        #expect(hops[1].retriedBy == 2)
    }

    @Test func theCauseIsTheDeepestFailureNotRepaired() throws {
        let journey = Story.broken().journey("P-1002")
        let cause = try #require(journey.summary.cause)
        #expect(journey.summary.outcome == .failed)
        #expect(journey.hops[cause].service == "ledger")
        #expect(journey.summary.sentence.hasPrefix("Failed after 95 ms: ledger answered 500 to"))
    }

    @Test func aRefusalIsNotAFailure() {
        var story = Story()
        let gateway = story.span("gateway", "POST /payments", at: 0, took: 9000, status: 402)
        story.hop(below: gateway, "gateway", "fraud", "POST /score", at: 10, took: 2000, status: 403)
        let journey = story.journey()
        #expect(journey.summary.outcome == .refused)
        #expect(journey.summary.sentence == "Refused after 9 ms: fraud answered 403 to 'POST /score'.")
        #expect(journey.summary.refusedHops == 2 && journey.summary.failedHops == 0)
    }
}

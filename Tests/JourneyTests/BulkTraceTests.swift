import Telemetry
import Testing

@Suite struct BulkTraceTests {
    /// A settlement run: one root, a shared step, and three hops a payment.
    private func run(payments: Int) -> Story {
        var story = Story()
        let root = story.span("settlement", "run", .internal, at: 0, took: 1_000_000)
        story.hop(below: root, "settlement", "calendar", "GET /day", at: 10, took: 5000)
        for number in 0..<payments {
            let at = 10_000 + UInt64(number) * 100
            let work = story.span(
                parent: root, "settlement", "settle one", .internal, at: at, took: 90,
                attributes: [Attribute("payment.id", .string("P-\(number)"))])
            let ledger = story.hop(below: work, "settlement", "ledger", "POST /entries", at: at + 1, took: 80)
            _ = story.span(
                parent: ledger, "ledger", "book", .internal, at: at + 2, took: 70,
                attributes: [Attribute("payment.uetr", .string("uetr-\(number)"))])
        }
        return story
    }

    @Test func onlyWhatBelongsToThePayment() throws {
        let journey = run(payments: 500).journey("P-123")
        #expect(journey.hops.map(\.operation) == ["run", "GET /day", "settle one", "POST /entries", "book"])
        let trace = try #require(journey.traces.first)
        #expect(trace.isBulk)
        #expect(trace.spans == 1 + 2 + 500 * 4)
        #expect(trace.contributedSpans == 1 + 2 + 4)
        #expect(journey.summary.spans == 7)
        #expect(journey.completeness.verdict == .complete)
    }

    /// By the id that only the innermost span names: that span and everything above it, and nothing of the others.
    @Test func ancestorsOfAnInnerID() {
        let journey = run(payments: 50).journey("uetr-7")
        #expect(journey.hops.map(\.operation) == ["run", "GET /day", "settle one", "POST /entries", "book"])
        #expect(journey.hops[2].transactions == [TransactionKey(kind: "payment", value: "P-7")])
    }

    @Test func aTraceWithOneOfEachKindBelongsAsAWhole() {
        let journey = run(payments: 1).journey("P-0")
        #expect(journey.hops.count == 5)
        #expect(journey.traces.map(\.isBulk) == [false])
    }

    /// The number of a batch stands beside many payments: it is no other name for one of them.
    @Test func theBatchNumberIsNoAlias() {
        var story = Story()
        let root = story.span("settlement", "run", .internal, at: 0, took: 1_000_000)
        for number in 0..<3 {
            _ = story.span(
                parent: root, "settlement", "settle \(number)", .internal, at: 100 * UInt64(number + 1), took: 90,
                attributes: [
                    Attribute("payment.id", .string("P-\(number)")), Attribute("transaction.id", .string("batch-9")),
                ])
        }
        #expect(story.journey("P-1").hops.map(\.operation) == ["run", "settle 1"])
        #expect(story.journey("P-1").alsoKnownAs.isEmpty)
        let batch = story.journey("batch-9")
        #expect(batch.hops.count == 4)
        #expect(batch.alsoKnownAs.isEmpty)
    }

    /// A settlement message names all its payments and all their UETRs; which is whose, the payments' own traces say.
    @Test func aMessageOfManyHidesNoAlias() {
        var story = Story()
        let many = (0..<3).flatMap { number in
            [
                Attribute("payment.id", .string("P-\(number)")), Attribute("payment.uetr", .string("uetr-\(number)")),
            ]
        }
        for number in 0..<3 {
            _ = story.span(
                trace: UInt64(number + 1), "gateway", "POST /transfers", at: 10 * UInt64(number), took: 5,
                attributes: Array(many[2 * number..<2 * number + 2]))
        }
        let run = story.span(trace: 9, "settlement", "POST /runs", at: 1000, took: 900, attributes: many)
        for number in 0..<3 {
            story.hop(
                trace: 9, below: run, "settlement", "ledger", "PUT \(number)", at: 1100 + 10 * UInt64(number), took: 9,
                transaction: "P-\(number)")
        }
        story.remove { $0.span.traceID.low == 1 || $0.span.traceID.low == 3 }
        let journey = story.journey("P-1")
        #expect(journey.alsoKnownAs == [TransactionKey(kind: "uetr", value: "uetr-1")])
        #expect(journey.hops.map(\.operation) == ["POST /transfers", "POST /runs", "PUT 1"])
        #expect(story.journey("uetr-1").alsoKnownAs == [TransactionKey(kind: "payment", value: "P-1")])
    }

    /// Spans below a span of another payment carry no id of their own, and are that payment's.
    @Test func whatHangsBelowOthersIsTheirs() {
        var story = Story()
        let root = story.span("run", "run", .internal, at: 0, took: 1000)
        for number in 0..<2 {
            let own = story.span(
                parent: root, "run", "own \(number)", .internal, at: 10, took: 50,
                attributes: [Attribute("payment.id", .string("P-\(number)"))])
            let below = story.span(parent: own, "run", "below \(number)", .internal, at: 20, took: 20)
            _ = story.span(parent: below, "run", "deeper \(number)", .internal, at: 21, took: 2)
        }
        #expect(story.journey("P-1").hops.map(\.operation) == ["run", "own 1", "below 1", "deeper 1"])
    }

    /// Found under rules of an earlier revision: nothing on the spans says what belongs.
    @Test func aTraceFoundByEarlierRulesBelongsAsAWhole() {
        let story = run(payments: 3)
        let journey = Journey(
            transaction: "old", kinds: [TransactionKey(kind: "legacy", value: "old")], spans: story.spans,
            rules: .standard, gaps: [])
        #expect(journey.summary.spans == story.spans.count)
        #expect(journey.keys == [TransactionKey(kind: "legacy", value: "old")])
    }
}

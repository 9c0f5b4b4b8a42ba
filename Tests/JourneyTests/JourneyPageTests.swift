import CLI
import Telemetry
import Testing

/// Pages as they look, at 80 columns and without colour.
@Suite struct JourneyPageTests {
    @Test func aPaymentThatWentWell() {
        let page = JourneyPage(Story.payment().journey(), width: 80).lines().text(colored: false)
        #expect(page == GoldenPages.payment)
    }

    @Test func aPaymentThatFailedWithPartsMissing() {
        let page = JourneyPage(Story.broken().journey("P-1002", gaps: Story.gaps), width: 80).lines()
        #expect(page.text(colored: false) == GoldenPages.broken)
    }

    @Test func aTrace() {
        let spans = Story.payment().spans.map(\.span).filter { $0.traceID.low == 1 }
        #expect(TracePage(spans, width: 80, isVerbose: false).lines().text(colored: false) == GoldenPages.trace)
    }

    @Test func aTraceWithEverything() {
        var span = Story.payment().spans[0].span
        span.events = [
            SpanEvent(
                timeNanoseconds: span.startNanoseconds + 1_500_000, name: "exception",
                attributes: [Attribute("exception.message", .string("no\u{1B}[31m cover"))])
        ]
        span.links = [SpanLink(traceID: TraceID(high: 1, low: 2), spanID: SpanID(3))]
        span.scope = InstrumentationScope(name: "waybill-proxy", version: "0.1.0")
        span.droppedAttributesCount = 2
        span.parentSpanID = SpanID(0xabc)
        #expect(TracePage([span], width: 80, isVerbose: true).lines().text(colored: false) == GoldenPages.span)
    }

    @Test func recentJourneysSayThatMoreMayCome() {
        let journey = Story.broken().journey("P-1002")
        let end = journey.summary.start.nanoseconds + journey.summary.durationNanoseconds
        func page(_ now: UInt64) -> String {
            JourneyPage(journey, width: 80, now: Timestamp(nanoseconds: now)).lines().text(colored: false)
        }
        #expect(page(end + 2_000_000_000).contains("The last span ended 2 s ago; more may still arrive."))
        #expect(!page(end + 20_000_000_000).contains("still arrive"))
    }

    @Test func policyAndCallsSayWhy() {
        var story = Story()
        let client = story.span(
            "gateway", "bank.Ledger/Post", .client, at: 0, took: 900, status: 200, error: "FAILED_PRECONDITION",
            attributes: [Attribute("rpc.grpc.status_code", .int(9)), Attribute("payment.id", .string("P-1001"))])
        _ = story.span(
            parent: client, "ledger", "bank.Ledger/Post", at: 1, took: 800, status: 200,
            attributes: [
                Attribute("rpc.grpc.status_code", .int(9)), Attribute("waybill.policy.decision", .string("allow")),
                Attribute("waybill.policy.rule", .string("payers")),
                Attribute("waybill.policy.revision", .string("r7")),
            ])
        let page = JourneyPage(story.journey(), width: 80).lines().text(colored: false)
        #expect(
            story.journey().summary.sentence
                == "Refused after 900 µs: ledger answered gRPC status 9 to 'bank.Ledger/Post'.")
        #expect(page.contains(" err !") && page.contains("gRPC status 9 FAILED_PRECONDITION"))
        #expect(page.contains("policy: allow by payers (revision r7)"))
        let trace = TracePage(story.spans.map(\.span), width: 80, isVerbose: false).lines().text(colored: false)
        #expect(trace.contains(" err ✗ C") && trace.contains("FAILED_PRECONDITION"))
    }

    /// What a proxy calls a destination that is no host, where the other side recorded nothing.
    @Test func aClusterNamesACalleeThatIsSilent() {
        var story = Story()
        _ = story.span(
            "switch", "iso8583 0100", .client, at: 0, took: 900,
            attributes: [
                Attribute("waybill.cluster", .string("acquirer")), Attribute("payment.id", .string("P-1001")),
            ])
        #expect(story.journey().hops[0].service == "acquirer")
    }

    @Test func colourIsForTerminals() {
        let lines = JourneyPage(Story.broken().journey("P-1002"), width: 80).lines()
        #expect(lines.text(colored: true).contains("\u{1B}[1;31m"))
        #expect(!lines.text(colored: false).contains("\u{1B}"))
    }

    /// No line is wider than the page, whatever the names are.
    @Test(arguments: [40, 59, 60, 80, 81, 240])
    func noLineIsWiderThanThePage(width: Int) {
        var random = Dice(seed: Dice.seed(UInt64(width)))
        let names = [
            "ledger", "台帳サービス", String(repeating: "long", count: 60), "a b c", "\u{1B}[31m", "e\u{301}👩‍👧", "",
        ]
        for _ in 0..<60 {
            var story = Story()
            var parents: [UInt64] = [0, 0xdead]
            for _ in 0..<30 {
                guard let name = names.randomElement(using: &random), let parent = parents.randomElement(using: &random)
                else { continue }
                parents.append(
                    story.hop(
                        below: parent, name, names.randomElement(using: &random) ?? "", name,
                        at: UInt64.random(in: 0...100_000, using: &random),
                        took: UInt64.random(in: 0...90_000_000, using: &random),
                        status: [200, 402, 503].randomElement(using: &random) ?? 200,
                        attempt: Int.random(in: 1...2000, using: &random), error: name, flags: name,
                        transaction: "P-1001", answered: Bool.random(using: &random)))
            }
            let journey = story.journey(gaps: Story.gaps)
            let page = JourneyPage(journey, width: width).lines()
            let trace = TracePage(story.spans.map(\.span), width: width, isVerbose: true).lines()
            for line in page + trace {
                #expect(line.width <= width, "seed \(random.first): \(line.text(colored: false))")
            }
            for row in page.map({ $0.text(colored: false) }) where row.contains("█") {
                #expect(DisplayWidth.of(row) <= width, "seed \(random.first)")
            }
        }
    }
}

import Telemetry
import Testing

@Suite struct SpanBatchTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func whatGoesInComesOut(seed: UInt64) {
        var any = AnySpan(dice: Dice(seed: Dice.seed(seed)))
        for _ in 0..<25 {
            let spans = any.spans(Int.random(in: 0...40, using: &any.dice))
            let batch = SpanBatch(spans)
            #expect(batch.count == spans.count)
            #expect((0..<batch.count).map { batch.span($0) } == spans, "seed \(any.dice.first)")
            #expect(batch.resources.count <= 3 && batch.scopes.count <= 3, "seed \(any.dice.first)")
        }
    }

    /// Bytes, not texts, are what is kept: two spellings of one character are two strings.
    @Test func equalTextsOfDifferentBytesStayApart() {
        let spans = ["\u{E9}", "e\u{301}"].map {
            Span(
                traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: $0, startNanoseconds: 0, endNanoseconds: 0,
                resource: Resource(attributes: [Attribute("service.name", .string($0))]))
        }
        let batch = SpanBatch(spans)
        #expect(batch.strings.bytes(batch.name[0]) == [0xC3, 0xA9])
        #expect(batch.strings.bytes(batch.name[1]) == [0x65, 0xCC, 0x81])
        #expect(batch.resources.count == 2)
    }

    @Test func anEmptiedBatchStartsAnew() {
        var any = AnySpan(dice: Dice(seed: Dice.seed(21)))
        var batch = SpanBatch(any.spans(30))
        batch.removeAll()
        #expect(batch.isEmpty && batch.eventStart == [0] && batch.linkStart == [0])
        #expect(batch.strings.count == 1 && batch.strings.byteCount == 0 && batch.shapes.count == 1)
        var row = SpanRow()
        batch.resources.append(ResourceRecord())
        batch.scopes.append(ScopeRecord())
        row.name = batch.strings.intern("again")
        row.attributes = batch.appendAttributes([Attribute("a", .int(7))])
        batch.append(row: row)
        #expect(batch.span(0).name == "again" && batch.span(0).attributes == [Attribute("a", .int(7))])
    }

    @Test func eventsAndLinksBelongToTheirRow() {
        let spans = (0..<4).map { number in
            Span(
                traceID: TraceID(high: 0, low: 1), spanID: SpanID(UInt64(number + 1)), name: "n", startNanoseconds: 0,
                endNanoseconds: 0,
                events: (0..<number).map { SpanEvent(timeNanoseconds: UInt64($0), name: "e\(number)") },
                links: (0..<(3 - number)).map {
                    SpanLink(traceID: TraceID(high: 0, low: UInt64($0)), spanID: SpanID(UInt64(number)))
                })
        }
        let batch = SpanBatch(spans)
        #expect(batch.eventStart == [0, 0, 1, 3, 6])
        #expect(batch.linkStart == [0, 3, 5, 6, 6])
        #expect((0..<4).map { batch.span($0) } == spans)
    }

    @Test func aTakenBuilderStartsAnew() {
        var builder = SpanBatchBuilder()
        let span = Span(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), name: "n", startNanoseconds: 1, endNanoseconds: 2)
        builder.append(span)
        #expect(builder.take().count == 1)
        builder.append(span)
        #expect(builder.batch.count == 1 && builder.batch.resources.count == 1)
        #expect(builder.batch.span(0) == span)
    }

    @Test func rowsReadBack() {
        var any = AnySpan(dice: Dice(seed: Dice.seed(22)))
        let batch = SpanBatch(any.spans(10))
        var copy = batch
        copy.append(row: batch.row(3))
        #expect(copy.row(10).spanID == batch.spanID[3] && copy.row(10).attributes == batch.attributes[3])
        #expect(copy.eventStart[11] == copy.eventStart[10])
    }
}

import Files
import Foundation
import Storage
import Telemetry
import Testing

/// `Schemas/segment.md` is enough to read a segment, and its example is what is written.
@Suite struct SegmentGoldenTests {
    private static let trace = TraceID(high: 0x4BF9_2F35_77B3_4DA6, low: 0xA3CE_929D_0E0E_4736)
    private static let start: UInt64 = 1_790_000_000_000_000_000

    /// The spans of the example, as the document describes them.
    private static var spans: [Span] {
        func resource(_ service: String) -> Resource {
            Resource(attributes: [Attribute("service.name", .string(service))])
        }
        let id = Attribute("payment.transaction_id", .string("PAY-1"))
        return [
            Span(
                traceID: trace, spanID: SpanID(0x00F0_67AA_0BA9_02B7), name: "POST /payments", kind: .server,
                startNanoseconds: start, endNanoseconds: start + 5_000_000,
                attributes: [id, Attribute("http.response.status_code", .int(201))], resource: resource("gateway")),
            Span(
                traceID: trace, spanID: SpanID(0x00F0_67AA_0BA9_02B8), parentSpanID: SpanID(0x00F0_67AA_0BA9_02B7),
                name: "charge", kind: .client, startNanoseconds: start + 1_000_000,
                endNanoseconds: start + 4_000_000, attributes: [Attribute("amount", .double(12.5))],
                events: [SpanEvent(timeNanoseconds: start + 2_000_000, name: "retry")], resource: resource("gateway")),
            Span(
                traceID: trace, spanID: SpanID(0x00F0_67AA_0BA9_02B9), parentSpanID: SpanID(0x00F0_67AA_0BA9_02B8),
                name: "charge", kind: .server, startNanoseconds: start + 1_500_000,
                endNanoseconds: start + 3_500_000, status: SpanStatus(code: 2, message: "declined"),
                resource: resource("ledger")),
        ]
    }

    private func write(_ fixture: SegmentFixture) throws -> [UInt8] {
        let batch = SpanBatch(Self.spans)
        return try fixture.bytes(
            try fixture.write([
                (
                    batch,
                    Provenance(
                        door: .wire, principal: "spiffe://bank/pay", instance: "pod-1", incarnation: 7, sequence: 1,
                        receivedNanoseconds: Self.start + 9_000_000)
                )
            ]).path)
    }

    /// The hexadecimal bytes of the document's example.
    private func example() throws -> [UInt8] {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Schemas/segment.md")
        let text = try String(contentsOf: source, encoding: .utf8)
        let section = try #require(text.components(separatedBy: "## An example\n").last)
        let parts = section.components(separatedBy: "```")
        return try bytes(try #require(parts.count == 3 ? parts[1] : nil))
    }

    private func bytes(_ hexadecimal: String) throws -> [UInt8] {
        let digits = Array(hexadecimal.filter(\.isHexDigit))
        return try stride(from: 0, to: digits.count - 1, by: 2).map {
            try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
        }
    }

    @Test func theExampleIsWhatIsWritten() throws {
        let written = try write(try SegmentFixture())
        let documented = try example()
        let hex = written.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(written == documented, "written: \(hex)")
    }

    @Test func theExampleReadsAsItsSpans() throws { try readsAsTheSpans(try example()) }

    @Test func theExampleOfVersion1ReadsAsTheSameSpans() throws {
        let old = try bytes(SegmentVersion1Example.hexadecimal)
        try readsAsTheSpans(old)
        #expect(try SegmentWalker(old).version == 1)
    }

    private func readsAsTheSpans(_ bytes: [UInt8]) throws {
        let fixture = try SegmentFixture()
        let reader = try fixture.open(try fixture.store(bytes))
        try reader.verify()
        let found = try reader.spans(of: Self.trace)
        #expect(found.map(\.span) == Self.spans)
        #expect(found.allSatisfy { $0.provenance.instance == "pod-1" && $0.provenance.sequence == 1 })
        #expect(try reader.transactions().map(\.key.value) == ["PAY-1"])
    }

    @Test func theDocumentAloneIsEnoughToWalkTheExample() throws {
        let walker = try SegmentWalker(try example())
        #expect(walker.version == 2)
        #expect(walker.storeID == [UInt8](0..<16))
        #expect(walker.epoch == 3)
        #expect(walker.number == 1)
        #expect(walker.day == 20_780)
        #expect(walker.tenant == "default")
        #expect(walker.retentionClass == "standard")
        #expect(walker.spans == 3)
        #expect(walker.duplicates == 0)
    }

    @Test func theDocumentAloneIsEnoughToWalkASegmentOfManyBlocks() throws {
        let fixture = try SegmentFixture()
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        let summary = try fixture.write(corpus.batches(spans: 20_000, size: 100), groupSpans: 9000)
        let walker = try SegmentWalker(try fixture.bytes(summary.path))
        #expect(walker.spans == summary.spanCount)
        #expect(walker.blocks.count { $0.kind == 1 } > 3)
        #expect(walker.groups.map(\.spans) == summary.groups.map(\.spanCount))
        #expect(walker.groups.map(\.latestStart) == summary.groups.map(\.latestStart))
        #expect(walker.groups.count == 3)
        #expect(walker.blocks.map(\.offset) == summary.blocks.map(\.offset), "WAYBILL_SEED=\(SegmentFixture.seed)")
    }
}

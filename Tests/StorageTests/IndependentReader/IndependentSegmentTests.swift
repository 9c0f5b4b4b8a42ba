import Foundation
import Storage
import Telemetry
import Testing

/// A reader that knows nothing but `Schemas/segment.md` finds in a segment what was written.
@Suite struct IndependentSegmentTests {
    typealias Part = PlainFindings.Part

    private func seed(_ round: Int) -> UInt64 { SegmentFixture.seed &+ UInt64(round) }

    private func findings(_ round: Int) throws -> PlainFindings {
        try PlainFindings("WAYBILL_SEED=\(SegmentFixture.seed), round \(round)")
    }

    @Test func theExampleOfThePageReads() throws {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Schemas/segment.md")
        let page = try String(contentsOf: source, encoding: .utf8)
        let example = try #require(page.components(separatedBy: "## An example\n").last)
        let segment = try PlainSegment(bytes(example.components(separatedBy: "```")[1]))
        #expect(segment.version == 2)
        #expect(segment.epoch == 3 && segment.number == 1 && segment.day == 20_780)
        try checkTheThreeSpans(segment)
    }

    @Test func version1Reads() throws {
        let segment = try PlainSegment(bytes(SegmentVersion1Example.hexadecimal))
        #expect(segment.version == 1)
        try checkTheThreeSpans(segment)
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    /// What the page says of its example.
    private func checkTheThreeSpans(_ segment: PlainSegment) throws {
        let findings = try PlainAudit(segment).findings
        #expect(findings == [])
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        let spans = segment.spans
        #expect(segment.storeID == [UInt8](0..<16))
        #expect(text(segment.tenant) == "default" && text(segment.retentionClass) == "standard")
        #expect(spans.map { text($0.name) } == ["POST /payments", "charge", "charge"])
        #expect(spans.map(\.kind) == [2, 3, 2])
        #expect(spans.map(\.parentID) == [0, spans[0].spanID, spans[1].spanID])
        let services = spans.map { $0.resource.attributes }
        let name = Array("service.name".utf8)
        #expect(services[0] == [PlainAttribute(key: name, value: .string(Array("gateway".utf8)))])
        #expect(services[2] == [PlainAttribute(key: name, value: .string(Array("ledger".utf8)))])
        #expect(spans[0].attributes.map(\.value) == [.string(Array("PAY-1".utf8)), .int(201)])
        #expect(
            spans[1].attributes == [PlainAttribute(key: Array("amount".utf8), value: .double(12.5.bitPattern))])
        #expect(spans[1].events.map { text($0.name) } == ["retry"])
        #expect(text(spans[2].statusMessage) == "declined" && spans[2].statusCode == 2)
        #expect(segment.groups.flatMap(\.transactions).map { text($0.value) } == ["PAY-1"])
        #expect(Set(segment.provenance).map { text($0.instance) } == ["pod-1"])
    }

    @Test(arguments: 0..<8)
    func oddSpansRead(round: Int) throws {
        let findings = try findings(round)
        var random = SegmentRandomSpans(seed: seed(round))
        let calls: [[Part]] = (0...(round % 3)).map { call in
            (0..<3 + round).map { index in
                (
                    random.batch(spans: 5 + round * 9, traces: [1, 4, 60][round % 3]),
                    SegmentFixture.provenance(UInt64(call * 100 + index), sender: "s\(index % 3)")
                )
            }
        }
        try findings.check(
            calls, effort: round % 2 == 0 ? .fast : .high, groupSpans: round > 5 ? 40 : SegmentFormat.groupSpans)
    }

    @Test(arguments: 0..<10)
    func columnsOfEveryStyleRead(round: Int) throws {
        let findings = try findings(round)
        var samples = PlainSamples(
            seed: seed(round), shapes: [3, 12, 40, 300][round % 4], fields: [6, 14, 80][round % 3])
        let parts = samples.parts(spans: 1500, batch: [20, 400][round % 2], trace: [4, 25, 200][round % 3])
        let middle = parts.count / 2
        let calls: [[Part]] = round % 3 == 0 ? [Array(parts[..<middle]), Array(parts[middle...])] : [parts]
        try findings.check(
            calls, effort: round % 2 == 0 ? .high : .fast,
            groupSpans: round % 4 == 1 ? 500 : SegmentFormat.groupSpans)
    }

    @Test func manyRowsOfFewShapesRead() throws {
        let findings = try findings(0)
        var samples = PlainSamples(seed: seed(90), shapes: 3, fields: 12)
        try findings.check([samples.parts(spans: 9000, batch: 100, trace: 9)])
    }

    @Test func hugeTracesRead() throws {
        let findings = try findings(0)
        var samples = PlainSamples(seed: seed(91), shapes: 20, fields: 8)
        let spans = samples.trace(9500) + samples.trace(3)
        let parts: [Part] = [
            (SpanBatch(spans[..<4000]), SegmentFixture.provenance(1)),
            (SpanBatch(spans[4000...]), SegmentFixture.provenance(2)),
        ]
        let segment = try findings.check([parts])
        #expect(segment.groups.count == 1 && segment.groups[0].blocks.count > 2)
        // Too large for a group of 3000: it lies in several.
        #expect(try findings.check([parts], effort: .high, groupSpans: 3000).groups.count > 3)
    }

    @Test func thousandsOfNamesRead() throws {
        let findings = try findings(0)
        var samples = PlainSamples(seed: seed(92), shapes: 5000, fields: 1)
        let segment = try findings.check([samples.parts(spans: 9000, batch: 300, trace: 20)])
        #expect(Set(segment.spans.map(\.name)).count > 4096)
    }

    @Test func paymentsRead() throws {
        let findings = try findings(0)
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        try findings.check([corpus.batches(spans: 4000, size: 100)])
        try findings.check([corpus.proxyBatches(spans: 4000, size: 40)], effort: .high, groupSpans: 1500)
    }

    @Test func nothingReads() throws {
        let findings = try findings(0)
        #expect(try findings.check([]).groups.isEmpty)
        #expect(try findings.check([[(SpanBatch(), SegmentFixture.provenance(1))]]).groups.isEmpty)
        let span = Span(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), name: "", startNanoseconds: 0, endNanoseconds: 0)
        #expect(try findings.check([[(SpanBatch([span]), SegmentFixture.provenance(1))]]).spanCount == 1)
    }
}

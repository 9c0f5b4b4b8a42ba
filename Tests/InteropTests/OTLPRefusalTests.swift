import Interop
import Telemetry
import Testing

@Suite struct OTLPRefusalTests {
    @Test func spansWithUnusableIDsAreRejectedAlone() throws {
        let good = Request.field(2, Request.span())
        let cases: [(fields: [UInt8], reason: String)] = [
            (Request.field(2, Array(repeating: 2, count: 8)), "spans[1]"),
            (Request.field(1, Array(repeating: 1, count: 16)), "no span_id"),
            (Request.field(1, [1, 2, 3]) + Request.field(2, [1, 2, 3, 4, 5, 6, 7, 8]), "spans[1].trace_id, at byte"),
            (Request.field(1, Array(repeating: 0, count: 16)), "trace_id must be 16 bytes and not all zero"),
            (Request.span() + Request.field(2, [0, 0, 0, 0, 0, 0, 0, 0]), "spans[1].span_id"),
            (Request.span() + Request.field(4, [1]), "parent_span_id must be 8 bytes or empty"),
            (Request.span() + Request.field(13, Request.field(1, [1])), "spans[1].links[0].trace_id"),
            (Request.span() + Request.field(13, Request.field(2, [1])), "spans[1].links[0].span_id"),
        ]
        for (fields, reason) in cases {
            let body = Request.field(1, Request.field(2, good + Request.field(2, fields) + good))
            let decoded = try Request.decode(body)
            #expect(decoded.outcome.accepted == 2 && decoded.outcome.rejected == 1)
            #expect(decoded.outcome.firstRejection?.contains(reason) == true, "\(decoded.outcome) for \(reason)")
        }
    }

    @Test func aRejectedSpanLeavesNothingBehind() throws {
        let event = Request.field(11, Request.field(3, Request.keyValue("e", "v")))
        let link = Request.field(13, Request.span() + Request.field(4, Request.keyValue("l", "v")))
        let attribute = Request.field(9, Request.keyValue("k", "v"))
        let decoded = try Request.decode(Request.one(event + link + attribute + Request.field(4, [1])))
        #expect(decoded.batch.isEmpty)
        #expect(decoded.batch.events.isEmpty && decoded.batch.links.isEmpty && decoded.batch.values.isEmpty)
        #expect(decoded.outcome.rejected == 1)
    }

    @Test func parentOfZeroBytesOrAllZeroIsARoot() throws {
        for parent: [UInt8] in [[], Array(repeating: 0, count: 8)] {
            let span = try #require(try Request.decode(Request.one(Request.field(4, parent))).spans.first)
            #expect(span.parentSpanID == .none)
        }
    }

    @Test func malformedBytesNameThePlace() {
        let prefix = "resource_spans[0].scope_spans[0].spans[0]"
        let cases: [(body: [UInt8], path: String, reason: String)] = [
            ([0x0A], "resource_spans[0]", "ends inside a varint"),
            ([0x0A, 0x05, 0x00], "resource_spans[0]", "beyond the end"),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], "", "longer than 10 bytes"),
            ([0x00, 0x00], "", "number 0"),
            ([0x08, 0x01], "resource_spans[0]", "another wire type"),
            ([0x0B], "field 1", "another wire type"),
            ([0x13], "", "group"),
            ([0x16], "", "wire type 6 or 7"),
            (Array("{\"resourceSpans\":[]}".utf8), "", "group"),
            (Request.one([0x39, 1, 2]), prefix + ".start_time_unix_nano", "inside a fixed-width number"),
            (Request.one([0x2A, 0x7F]), prefix + ".name", "beyond the end"),
            (
                Request.one(Request.field(9, [0x12, 0x03, 0x0A, 0x09, 0x61])),
                prefix + ".attributes[0].value.string_value",
                "beyond the end"
            ),
            (
                Request.one(Request.field(9, Request.field(2, Request.field(5, [0x0A, 0x02, 0x0D, 0x00])))),
                prefix + ".attributes[0].value.array_value.values[0].string_value", "another wire type"
            ),
            (Request.one(Request.field(15, [0x1A, 0x00])), prefix + ".status.code", "another wire type"),
            (Request.one(Request.field(11, [0x09, 0])), prefix + ".events[0].time_unix_nano", "fixed-width"),
        ]
        for (body, path, reason) in cases {
            guard let error = Request.refusal(body) else {
                Issue.record("taken: \(Hex.string(body))")
                continue
            }
            #expect(error.code == .malformed)
            if !path.hasPrefix("field") { #expect(error.path.hasPrefix(path), "\(error) for \(Hex.string(body))") }
            #expect(error.reason.contains(reason), "\(error) for \(Hex.string(body))")
            #expect(error.offset <= body.count)
        }
    }

    @Test func aRefusedRequestAddsNoRow() throws {
        var batch = try Request.decode(Request.one([])).batch
        var decoder = OTLPTraceDecoder()
        let before = (0..<batch.count).map { batch.span($0) }
        let event = Request.field(11, Request.field(3, Request.keyValue("e", "v")))
        let body = Request.one(event) + Request.one(event) + [0x0A, 0x7F]
        #expect(throws: OTLPError.self) { try body.withUnsafeBytes { try decoder.decode($0, into: &batch) } }
        #expect((0..<batch.count).map { batch.span($0) } == before)
        #expect(batch.events.isEmpty && batch.eventStart.count == 2 && batch.linkStart.count == 2)
        let outcome = try Request.one(event).withUnsafeBytes { try decoder.decode($0, into: &batch) }
        #expect(outcome.accepted == 1 && batch.span(1).events.count == 1)
    }

    @Test func limitsHold() throws {
        let limits = OTLPLimits(
            maximumBytes: 4000, maximumSpans: 2, maximumAttributes: 3, maximumEventsPerSpan: 1, maximumLinksPerSpan: 1,
            maximumKeyBytes: 5, maximumValueBytes: 50, maximumDepth: 3)
        let attribute = Request.field(9, Request.keyValue("k", "v"))
        let rejected: [(fields: [UInt8], reason: String)] = [
            (attribute + attribute + attribute + attribute, "more than 3 attributes"),
            (Request.field(11, []) + Request.field(11, []), "more than 1 events"),
            (Request.field(13, []) + Request.field(13, []), "more than 1 links"),
            (Request.field(9, Request.keyValue("longer", "v")), "key is longer than 5 bytes"),
            (Request.field(9, Request.keyValue("k", String(repeating: "v", count: 51))), "longer than 50 bytes"),
            (Request.field(5, Array(repeating: 0x61, count: 51)), "longer than 50 bytes"),
            (Request.field(9, Request.field(2, nested(4))), "deeper than 3"),
            (Request.field(11, Request.field(3, Request.keyValue("longer", "v"))), "key is longer"),
        ]
        for (fields, reason) in rejected {
            let outcome = try Request.decode(Request.one(fields) + Request.one(attribute), limits: limits).outcome
            #expect(outcome.accepted == 1 && outcome.rejected == 1)
            #expect(outcome.firstRejection?.contains(reason) == true, "\(outcome)")
        }
        let taken = Request.one(Request.field(9, Request.field(2, nested(3))) + attribute + attribute)
        #expect(try Request.decode(taken, limits: limits).outcome.accepted == 1)
        let three = Request.one([]) + Request.one([]) + Request.one([])
        #expect(Request.refusal(three, limits: limits)?.code == .limitExceeded)
        #expect(Request.refusal(three, limits: limits)?.path == "resource_spans[2].scope_spans[0].spans[0]")
        #expect(Request.refusal(Array(repeating: 0, count: 4001), limits: limits)?.code == .limitExceeded)
        let resource = Request.field(1, Request.field(1, Request.keyValue("longer", "v")))
        let refusal = Request.refusal(Request.field(1, resource), limits: limits)
        #expect(refusal?.code == .limitExceeded)
        #expect(refusal?.path == "resource_spans[0].resource.attributes[0].key")
    }

    /// Merging each piece of a value with all before it would copy gigabytes for a request of some hundred KB.
    @Test func anArrayInManyPiecesIsRejectedAtLittleCost() throws {
        let piece = Request.field(5, Request.field(1, []))
        let value = Array(repeatElement(piece, count: 70_000).joined())
        let attribute = Request.field(9, Request.field(1, Array("k".utf8)) + Request.field(2, value))
        let decoded = try Request.decode(Request.one(attribute))
        #expect(decoded.outcome.rejected == 1)
        #expect(decoded.batch.strings.byteCount < 1_000)
        let few = Request.field(1, Array("k".utf8)) + Request.field(2, piece + piece + piece)
        let merged = try #require(try Request.decode(Request.one(Request.field(9, few))).spans.first)
        #expect(merged.attributes == [Attribute("k", .array([.empty, .empty, .empty]))])
    }

    @Test func valuesOfTheGreatestDepthComeBack() throws {
        var value = AttributeValue.int(7)
        for level in 0..<32 { value = level % 2 == 0 ? .array([value]) : .map([Attribute("k", value)]) }
        let span = Span(
            traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), name: "deep", startNanoseconds: 1, endNanoseconds: 2,
            attributes: [Attribute("deep", value)])
        #expect(try Request.decode(OTLPTraceEncoder.encode(spans: [span])).spans == [span])
    }

    @Test func nestingOfAHundredThousandLevelsCostsNoStack() throws {
        let body = Request.one(Request.field(9, Request.field(2, nested(100_000))))
        let outcome = try Request.decode(body, limits: OTLPLimits(maximumValueBytes: 64 << 20)).outcome
        #expect(outcome.rejected == 1)
        #expect(outcome.firstRejection?.contains("deeper than 32") == true)
    }

    /// An `AnyValue` of arrays inside arrays.
    private func nested(_ levels: Int) -> [UInt8] {
        // Lengths from the inside out, then the bytes from the outside in, so that depth costs linear time.
        var lengths = [0]
        for _ in 1..<max(1, levels) {
            let array = lengths.last! + 1 + Request.varint(lengths.last!).count
            lengths.append(array + 1 + Request.varint(array).count)
        }
        var bytes: [UInt8] = []
        for (index, length) in lengths.reversed().enumerated() {
            bytes += [5 << 3 | 2] + Request.varint(length)
            if index < lengths.count - 1 {
                let inner = lengths[lengths.count - 2 - index]
                bytes += [1 << 3 | 2] + Request.varint(inner + 1 + Request.varint(inner).count)
            }
        }
        return bytes
    }
}

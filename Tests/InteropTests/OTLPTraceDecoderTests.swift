import Interop
import Telemetry
import TestSupport
import Testing

@Suite struct OTLPTraceDecoderTests {
    @Test func everyFieldComesBack() throws {
        for round in 0..<UInt64(60 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            let spans = generator.spans(40)
            let decoded = try Request.decode(OTLPTraceEncoder.encode(spans: spans))
            #expect(decoded.outcome == OTLPDecodeOutcome(accepted: spans.count), "WAYBILL_SEED=\(seed)")
            let back = decoded.spans.sorted { $0.spanID < $1.spanID }
            #expect(back == spans.sorted { $0.spanID < $1.spanID }, "WAYBILL_SEED=\(seed)")
        }
    }

    @Test func encodingADecodedRequestGivesTheSameBytes() throws {
        for round in 0..<UInt64(30 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            let bytes = OTLPTraceEncoder.encode(spans: generator.spans(25))
            let again = OTLPTraceEncoder.encode(try Request.decode(bytes).batch)
            #expect(again == bytes, "WAYBILL_SEED=\(seed)")
        }
    }

    @Test func goldenBytes() throws {
        let bytes = Request.hex(
            """
            0a 8801
              0a 15 0a 13 0a 0c 736572766963652e6e616d65 12 03 0a 01 61
              12 64
                0a 06 0a 01 6c 12 01 31
                12 5a
                  0a 10 000102030405060708090a0b0c0d0e0f
                  12 08 1011121314151617
                  1a 03 613d62
                  22 08 2021222324252627
                  2a 01 6e
                  30 02
                  39 0100000000000000
                  41 0200000000000000
                  4a 07 0a 01 6b 12 02 18 05
                  50 01
                  7a 05 12 01 6d 18 02
                  8501 01030000
              1a 09 687474703a2f2f7373
            """)
        let span = Span(
            traceID: TraceID(high: 0x0001_0203_0405_0607, low: 0x0809_0A0B_0C0D_0E0F),
            spanID: SpanID(0x1011_1213_1415_1617), parentSpanID: SpanID(0x2021_2223_2425_2627), traceState: "a=b",
            flags: 0x301, name: "n", kind: .server, startNanoseconds: 1, endNanoseconds: 2,
            attributes: [Attribute("k", .int(5))], droppedAttributesCount: 1,
            status: SpanStatus(code: SpanStatus.error, message: "m"),
            resource: Resource(attributes: [Attribute("service.name", .string("a"))], schemaURL: "http://ss"),
            scope: InstrumentationScope(name: "l", version: "1"))
        #expect(OTLPTraceEncoder.encode(spans: [span]) == bytes)
        #expect(try Request.decode(bytes).spans == [span])
    }

    @Test func resourceAndScopeMayFollowTheirSpans() throws {
        let span = Request.field(2, Request.span())
        let scope = Request.field(1, Request.field(1, Array("lib".utf8)))
        let resource = Request.field(1, Request.field(1, Request.keyValue("service.name", "late")))
        let body = Request.field(1, Request.field(2, span + scope) + resource)
        let decoded = try Request.decode(body)
        #expect(decoded.spans.map(\.scope.name) == ["lib"])
        #expect(decoded.spans.map(\.resource.serviceName) == ["late"])
    }

    @Test func repeatedMessagesMergeAndTheLastScalarWins() throws {
        let status = Request.field(15, Request.field(2, [0x61]) + [0x18, 1]) + Request.field(15, [0x18, 2])
        let list = Request.field(2, Request.field(5, Request.field(1, [0x18, 1])))
        let more = Request.field(2, Request.field(5, Request.field(1, [0x18, 2])))
        let attribute = Request.field(9, Request.field(1, [0x6B]) + list + more)
        let name = Request.field(5, [0x61]) + Request.field(5, [0x62])
        let resource =
            Request.field(1, Request.field(1, Request.keyValue("a", "1")) + [0x10, 1])
            + Request.field(1, Request.field(1, Request.keyValue("b", "2")) + [0x10, 2])
        let body = Request.field(
            1, resource + Request.field(2, Request.field(2, Request.span() + status + attribute + name)))
        let span = try #require(try Request.decode(body).spans.first)
        #expect(span.status == SpanStatus(code: 2, message: "a"))
        #expect(span.name == "b")
        #expect(span.attributes == [Attribute("k", .array([.int(1), .int(2)]))])
        #expect(span.resource.attributes.map(\.key) == ["a", "b"])
        #expect(span.resource.droppedAttributesCount == 2)
    }

    @Test func unknownFieldsAreSkipped() throws {
        // Field 100 as varint, 64-bit, bytes and 32-bit.
        let unknown: [UInt8] =
            [0xA0, 0x06, 0x96, 0x01] + [0xA1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8] + [0xA2, 0x06, 2, 9, 9]
            + [0xA5, 0x06, 1, 2, 3, 4]
        let attribute = Request.field(9, unknown + Request.keyValue("k", "v") + unknown)
        let span = Request.field(2, unknown + Request.span() + attribute + unknown)
        let body = unknown + Request.field(1, unknown + Request.field(2, unknown + span)) + unknown
        #expect(try Request.decode(body).spans.map(\.attributes) == [[Attribute("k", .string("v"))]])
    }

    @Test func equalResourcesAndScopesAreStoredOnce() throws {
        var generator = SpanGenerator(seed: 5)
        let one = OTLPTraceEncoder.encode(spans: [generator.span(resource: Resource(), scope: .init(name: "s"))])
        let decoded = try Request.decode(one + one + one)
        #expect(decoded.batch.count == 3)
        #expect(decoded.batch.resources.count == 1)
        #expect(decoded.batch.scopes.count == 1)
    }

    @Test func layoutsThatChangeFromSpanToSpanStayApart() throws {
        // Spans of one name whose attributes grow, shrink, change type, key, and arrive before the name.
        let k1 = Request.field(9, Request.keyValue("a", "1"))
        let k2 = Request.field(9, Request.keyValue("b", "2"))
        let number = Request.field(9, Request.field(1, [0x61]) + Request.field(2, [0x18, 7]))
        let name = Request.field(5, [0x6E])
        let invalid = Request.field(1, [1, 2])
        let id = Request.span()
        let spans: [[UInt8]] = [
            id + name + k1 + k2, id + name + k1, id + name + k1 + k2, id + name + number + k2, id + name + k1 + k2,
            id + k2 + name + k1, id + name + k1 + name + k2, id + name, id + invalid + name + k2 + k2 + k2,
            id + name + k2 + k2 + k2, id + name + k1 + k2, id + name + k2 + k1 + k2 + k1,
        ]
        let body = Request.field(1, Request.field(2, spans.flatMap { Request.field(2, $0) }))
        let decoded = try Request.decode(body)
        let expected: [[Attribute]] = try spans.enumerated().filter { $0.offset != 8 }.map { _, span in
            try #require(try Request.decode(Request.field(1, Request.field(2, Request.field(2, span)))).spans.first)
                .attributes
        }
        #expect(decoded.spans.map(\.attributes) == expected)
        #expect(expected[3] == [Attribute("a", .int(7)), Attribute("b", .string("2"))])
        #expect(decoded.outcome.rejected == 1)
    }
}

import Telemetry
import Testing

@Suite struct AttributeValueTests {
    @Test func equalityIsOfWhatWasSent() {
        #expect(AttributeValue.double(.nan) == .double(.nan))
        #expect(AttributeValue.double(0.0) != .double(-0.0))
        #expect(AttributeValue.string("\u{E9}") != .string("e\u{301}"))
        #expect(AttributeValue.int(1) != .double(1))
        #expect(AttributeValue.bytes([]) != .string(""))
        #expect(Set([AttributeValue.double(.nan), .double(.nan)]).count == 1)
    }

    @Test func theFirstOfRepeatedKeysCounts() {
        let attributes = [Attribute("a", .int(1)), Attribute("a", .int(2))]
        #expect(attributes.first("a") == .int(1))
        #expect(attributes.first("b") == nil)
    }

    @Test func services() {
        #expect(Resource(attributes: [Attribute("service.name", .string("ledger"))]).serviceName == "ledger")
        #expect(Resource(attributes: [Attribute("service.name", .string(""))]).serviceName == "unknown_service")
        #expect(Resource(attributes: [Attribute("service.name", .int(1))]).serviceName == "unknown_service")
        #expect(Resource().serviceName == "unknown_service")
    }

    @Test func aClockThatRanBackwards() {
        let span = Span(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), name: "n", startNanoseconds: 10, endNanoseconds: 4)
        #expect(span.durationNanoseconds == 0)
    }
}

import Telemetry

/// Two spans of one trace, with something of everything.
enum Sample {
    static let trace: [StoredSpan] = [first, second].map {
        StoredSpan(span: $0, provenance: Provenance(door: .wire, principal: "test", receivedNanoseconds: 1))
    }

    private static let first = Span(
        traceID: TraceID(high: 0, low: 0xABCD), spanID: SpanID(1), traceState: "a=b", flags: 0x101, name: "POST /pay",
        kind: .server, startNanoseconds: 1_700_000_000_000_001_500, endNanoseconds: 1_700_000_000_002_501_000,
        attributes: [Attribute("amount", .int(1 << 53))],
        events: [
            SpanEvent(
                timeNanoseconds: 1_700_000_000_000_002_999, name: "checked",
                attributes: [Attribute("ratio", .double(.nan))])
        ],
        links: [SpanLink(traceID: TraceID(high: 5, low: 6), spanID: SpanID(7))],
        status: SpanStatus(code: SpanStatus.error, message: "no funds"),
        resource: Resource(attributes: [
            Attribute("service.name", .string("gateway")), Attribute("host", .string("a")),
        ]), scope: InstrumentationScope(name: "lib", version: "1"))

    private static let second = Span(
        traceID: TraceID(high: 0, low: 0xABCD), spanID: SpanID(2), parentSpanID: SpanID(1), name: "debit",
        startNanoseconds: 1_700_000_000_000_000_500, endNanoseconds: 1_700_000_000_000_000_999,
        attributes: [
            Attribute("raw", .bytes([0x00, 0xFF])), Attribute("list", .array([.int(1), .empty, .string("x")])),
        ])
}

import Telemetry
import TestSupport

/// Makes traces of a few spans with every trouble that telemetry has: parents that are missing, that are each other's,
/// ids that are shared, clocks that disagree, keys that come twice, values of all types.
struct RandomTrace {
    var random: Dice

    init(_ seed: UInt64) { random = Dice(seed) }

    mutating func spans(_ count: Int) -> [Span] {
        let trace = TraceID(high: 1, low: random.next())
        let resources = (0..<3).map { index in
            Resource(attributes: [Attribute("service.name", .string("s\(index)"))] + attributes())
        }
        var spans: [Span] = []
        for _ in 0..<count {
            let start = UInt64(1000 + random.below(20))
            var span = Span(
                traceID: trace, spanID: SpanID(UInt64(1 + random.below(count * 4))),
                name: random.pick(["a", "b", "ab", ""]), startNanoseconds: start,
                endNanoseconds: start - 5 + UInt64(random.below(30)), resource: random.pick(resources))
            span.parentSpanID = parent(of: span, among: spans)
            span.kind = SpanKind(rawValue: Int32(random.below(6)))
            span.status = SpanStatus(code: Int32(random.below(3)), message: random.pick(["", "a"]))
            span.attributes = attributes()
            span.scope = InstrumentationScope(name: random.pick(["", "a"]), version: "b", attributes: attributes())
            span.events = (0..<random.below(3)).map { _ in
                SpanEvent(
                    timeNanoseconds: 1000 + UInt64(random.below(30)), name: random.pick(["a", "b"]),
                    attributes: attributes())
            }
            span.links = (0..<random.below(2)).map { _ in
                SpanLink(traceID: trace, spanID: SpanID(UInt64(1 + random.below(9))), attributes: attributes())
            }
            spans.append(span)
        }
        return spans.sorted { $0.startNanoseconds < $1.startNanoseconds }
    }

    private mutating func parent(of span: Span, among spans: [Span]) -> SpanID {
        switch random.below(10) {
        case 0: return .none
        // Not stored, or itself, or a circle.
        case 1: return SpanID(UInt64(1 + random.below(60)))
        default: return spans.isEmpty ? .none : random.pick(spans).spanID
        }
    }

    mutating func attributes() -> [Attribute] {
        (0..<random.below(4)).map { _ in Attribute(random.pick(["a", "a", "b", "c"]), value()) }
    }

    private mutating func value() -> AttributeValue {
        switch random.below(12) {
        case 0: .empty
        case 1: .bytes([1])
        case 2: .bool(random.one(in: 2))
        case 3, 4: .string(random.pick(["a", "b", "ab", ""]))
        case 5: .double(random.pick([0.5, 1, 2, -1, .nan, .infinity]))
        case 6: .array((0..<random.below(3)).map { _ in .int(Int64(random.below(3))) } + [.string("a")])
        case 7: .array([])
        case 8: .map([Attribute("a", .int(1))])
        default: .int(Int64(random.below(4)) - 1)
        }
    }
}

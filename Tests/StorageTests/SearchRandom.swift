import Storage
import Telemetry

/// Random spans that look like those of services, with oddities among them, and random filters that have to do with
/// them.
struct SearchRandom {
    var random: SegmentRandom
    /// Unix nanoseconds of the first span.
    static let start: UInt64 = 1_795_392_000 * 1_000_000_000

    init(seed: UInt64) { random = SegmentRandom(seed: seed) }

    private static let services = ["gateway", "ledger", "fraud", "", "limits"]
    private static let names = ["POST /payments", "GET /payments", "charge", "SELECT", "check", ""]
    private static let words = ["alpha", "beta", "betas", "", "gämma", "alphabet"]
    private static let keys = ["word", "count", "amount", "ratio", "flag", "id", "list", "order", "zone", "odd"]

    private mutating func pick<T>(_ values: [T]) -> T { values[random.below(values.count)] }

    /// Spans by trace, most with a parent, some sent twice, some with the same ids and other content.
    mutating func spans(_ count: Int) -> [Span] {
        var spans: [Span] = []
        let resources = (0..<6).map { _ in resource() }
        while spans.count < count {
            let trace = TraceID(high: UInt64(random.below(4)), low: random.next() | 1)
            let size = random.below(40) == 0 ? 1 + random.below(600) : 1 + random.below(25)
            let first = spans.count
            let zero = Self.start + UInt64(random.below(1 + count / 4)) * 1_000
            for _ in 0..<size {
                let parent =
                    spans.count > first && random.below(8) > 0 ? spans[first + random.below(spans.count - first)] : nil
                spans.append(span(trace, parent, zero, resources))
            }
            if random.below(10) == 0 { spans.append(spans[first + random.below(size)]) }
            if random.below(20) == 0 {
                var other = spans[first + random.below(size)]
                other.attributes.append(Attribute("conflict", .bool(true)))
                spans.append(other)
            }
        }
        return spans
    }

    private mutating func resource() -> Resource {
        var attributes = [Attribute("zone", .string(pick(["eu", "us"])))]
        let service = pick(Self.services)
        if !service.isEmpty || random.below(2) == 0 { attributes.append(Attribute("service.name", .string(service))) }
        if random.below(3) == 0 { attributes.append(Attribute("word", .string("resource"))) }
        if random.below(5) == 0 { attributes.append(Attribute("service.name", .string("second"))) }
        return Resource(attributes: attributes)
    }

    private mutating func span(_ trace: TraceID, _ parent: Span?, _ zero: UInt64, _ resources: [Resource]) -> Span {
        let start = (parent?.startNanoseconds ?? zero) + UInt64(random.below(5) == 0 ? 0 : random.below(3_000))
        var duration = Int64(random.below(50) == 0 ? random.below(1_000_000) : random.below(1_000))
        if random.below(40) == 0 { duration = -duration }
        var parentID = parent?.spanID ?? .none
        if random.below(30) == 0 { parentID = SpanID(UInt64(1 + random.below(5))) }
        return Span(
            traceID: trace, spanID: SpanID(random.below(60) == 0 ? 7 : random.next() | 1), parentSpanID: parentID,
            traceState: random.below(10) == 0 ? "bank=1" : "", name: pick(Self.names),
            kind: SpanKind(rawValue: Int32(random.below(5))), startNanoseconds: start,
            endNanoseconds: UInt64(bitPattern: Int64(start) + duration), attributes: attributes(),
            events: random.below(6) == 0
                ? (0..<1 + random.below(2)).map { _ in
                    SpanEvent(timeNanoseconds: start, name: pick(["retry", "exception", ""]), attributes: list(3))
                } : [],
            links: random.below(12) == 0
                ? [
                    SpanLink(
                        traceID: TraceID(high: 0, low: UInt64(random.below(3))), spanID: SpanID(3), attributes: list(2))
                ]
                : [],
            status: SpanStatus(code: Int32(random.below(3)), message: random.below(8) == 0 ? pick(Self.words) : ""),
            resource: pick(resources),
            scope: InstrumentationScope(
                name: pick(["lib", "other"]), version: pick(["1", ""]),
                attributes: random.below(4) == 0 ? [Attribute("flag", .bool(true))] : []))
    }

    /// A few layouts come again and again, so that columns fill; some lists are one of a kind.
    private mutating func attributes() -> [Attribute] {
        switch random.below(5) {
        case 0: [Attribute("word", .string(pick(Self.words))), Attribute("count", .int(Int64(random.below(20))))]
        case 1:
            [
                Attribute("id", .string(random.uuid())),
                Attribute("amount", .double(Double(random.below(5_000)) / 100)),
                Attribute("order", .string("ORD-\(100_000 + random.below(900_000))")),
            ]
        case 2:
            [
                Attribute("id", .string(Hex.string(random.below(3) == 0 ? random.next() : 9))),
                Attribute("flag", .bool(random.below(2) == 0)), Attribute("ratio", .double(Double(random.next()) / 3)),
            ]
        case 3:
            [
                Attribute("order", .string("free text \(random.below(3_000))")),
                Attribute("word", .string(pick(Self.words))),
            ]
        default: list(6)
        }
    }

    private mutating func list(_ most: Int) -> [Attribute] {
        (0..<random.below(most + 1)).map { _ in Attribute(pick(Self.keys), value()) }
    }

    private mutating func value() -> AttributeValue {
        switch random.below(11) {
        case 0: .string(pick(Self.words))
        case 1: .int(Int64(random.below(20)))
        case 2: .double(Double(random.below(40)) / 2)
        case 3: .bool(random.below(2) == 0)
        case 4: .array([.string(pick(Self.words)), .int(Int64(random.below(5))), .array([.int(1)])])
        case 5: pick([.int(.max), .int(.min), .int(1 << 53 + 1), .double(.infinity), .double(-0.0), .double(1e300)])
        case 6: .empty
        case 7: .bytes([1, 2])
        case 8: .map([Attribute("word", .string("alpha"))])
        case 9: .string(random.uuid())
        default: .int(Int64(random.below(1_000_000)) * 1_000)
        }
    }

    /// A filter about spans like `spans`.
    mutating func filter(_ spans: [Span], depth: Int = 3) -> SpanFilter {
        switch random.below(depth > 0 ? 10 : 5) {
        case 5, 6: .and((0..<2 + random.below(2)).map { _ in filter(spans, depth: depth - 1) })
        case 7: .or((0..<2 + random.below(2)).map { _ in filter(spans, depth: depth - 1) })
        case 8: .not(filter(spans, depth: depth - 1))
        case 9: random.below(6) == 0 ? pick([.all, .none]) : leaf(pick(spans))
        default: leaf(pick(spans))
        }
    }

    private mutating func leaf(_ span: Span) -> SpanFilter {
        if random.below(3) > 0 { return attributeLeaf(span) }
        let text: SpanFilter.Comparison = pick([.equal, .notEqual, .hasPrefix, .matches, .notMatches, .less])
        let number: SpanFilter.Comparison = pick([.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual])
        func string(_ field: SpanFilter.Field, _ value: String) -> SpanFilter { .compare(field, text, .string(value)) }
        switch random.below(19) {
        case 0: return string(.service, span.resource.serviceName)
        case 1: return string(.name, text == .matches ? "charge|POST.*" : span.name)
        case 2: return .compare(.kind, number, .int(Int64(span.kind.rawValue)))
        case 3: return .compare(.status, number, .int(Int64(span.status.code)))
        case 4: return string(.statusMessage, span.status.message)
        case 5, 6: return .compare(.duration, number, .int(Int64(span.durationNanoseconds)))
        case 7: return .compare(.start, number, .int(Int64(span.startNanoseconds)))
        case 8: return .compare(.end, number, .double(Double(span.endNanoseconds)))
        case 9: return string(.traceID, span.traceID.description)
        case 10: return string(.spanID, span.spanID.description)
        case 11: return string(.parentSpanID, span.parentSpanID.description)
        case 12: return string(.traceState, span.traceState)
        case 13: return .compare(.isRoot, pick([.equal, .notEqual]), .bool(random.below(2) == 0))
        case 14: return string(.scopeName, span.scope.name)
        case 15: return string(.scopeVersion, span.scope.version)
        case 16: return string(.eventName, span.events.first?.name ?? "retry")
        case 17: return string(.linkTraceID, TraceID(high: 0, low: UInt64(random.below(4))).description)
        default: return .exists(pick([.parentSpanID, .eventName, .linkSpanID, .name]))
        }
    }

    private mutating func attributeLeaf(_ span: Span) -> SpanFilter {
        let place = random.below(8)
        let scope: SpanFilter.AttributeScope = pick([.any, .any, .any, .span, .span, .resource, .scope, .event, .link])
        let attributes =
            switch scope {
            case .any, .span: span.attributes
            case .resource: span.resource.attributes
            case .scope: span.scope.attributes
            case .event: span.events.flatMap(\.attributes)
            case .link: span.links.flatMap(\.attributes)
            }
        let chosen = attributes.isEmpty ? Attribute(pick(Self.keys), value()) : pick(attributes)
        let field = SpanFilter.Field.attribute(scope, key: place == 0 ? pick(Self.keys + ["absent"]) : chosen.key)
        if random.below(8) == 0 { return .exists(field) }
        let number: SpanFilter.Comparison = pick([
            .equal, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
        ])
        switch chosen.value {
        case .string(let text):
            let comparison: SpanFilter.Comparison = pick([
                .equal, .equal, .notEqual, .less, .greater, .hasPrefix, .matches, .notMatches,
            ])
            if comparison == .matches || comparison == .notMatches {
                return .compare(
                    field, comparison, .string(pick([text, text + "|beta", "ORD-1.*", "alpha.*", "free text 1.*"])))
            }
            return .compare(field, comparison, .string(comparison == .hasPrefix ? String(text.prefix(4)) : text))
        case .int(let value):
            return .compare(field, number, random.below(3) == 0 ? .double(Double(value) + 0.5) : .int(value))
        case .double(let value): return .compare(field, number, random.below(3) == 0 ? .int(5) : .double(value))
        case .bool(let flag): return .compare(field, pick([.equal, .notEqual]), .bool(flag))
        case .array(let elements):
            if case .string(let text)? = elements.first { return .compare(field, .equal, .string(text)) }
            return .exists(field)
        case .empty, .bytes, .map: return .exists(field)
        }
    }
}

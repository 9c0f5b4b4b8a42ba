import Telemetry
import Workload

/// Spans with every field OpenTelemetry has, at the edges of each: from a seed.
struct SpanGenerator {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }
    mutating func chance(_ oneIn: UInt64) -> Bool { below(oneIn) == 0 }

    mutating func spans(_ count: Int) -> [Span] {
        let resources = (0..<4).map { _ in resource() }
        let scopes = (0..<4).map { _ in scope() }
        return (0..<count).map { _ in
            span(resource: resources[Int(below(4))], scope: scopes[Int(below(4))])
        }
    }

    mutating func span(resource: Resource, scope: InstrumentationScope) -> Span {
        Span(
            traceID: TraceID(high: random.next(), low: random.nonZero()), spanID: SpanID(random.nonZero()),
            parentSpanID: chance(4) ? .none : SpanID(random.nonZero()), traceState: chance(3) ? "a=1,b=2" : "",
            flags: [0, 1, 0x101, 0x301, .max][Int(below(5))], name: ["GET /", "pay", "", "名前", text()][Int(below(5))],
            kind: SpanKind(rawValue: [0, 1, 2, 3, 4, 5, 99, -1][Int(below(8))]), startNanoseconds: number(),
            endNanoseconds: number(), attributes: attributes(24), droppedAttributesCount: small(),
            events: (0..<below(3)).map { _ in
                SpanEvent(
                    timeNanoseconds: number(), name: text(), attributes: attributes(3), droppedAttributesCount: small())
            }, droppedEventsCount: small(),
            links: (0..<below(3)).map { _ in
                SpanLink(
                    traceID: chance(4) ? TraceID(high: 0, low: 0) : TraceID(high: random.next(), low: random.nonZero()),
                    spanID: chance(4) ? .none : SpanID(random.nonZero()), traceState: chance(2) ? "k=v" : "",
                    attributes: attributes(3), droppedAttributesCount: small(),
                    flags: UInt32(truncatingIfNeeded: random.next()))
            }, droppedLinksCount: small(),
            status: SpanStatus(code: [0, 1, 2, 7][Int(below(4))], message: chance(3) ? text() : ""),
            resource: resource, scope: scope)
    }

    mutating func resource() -> Resource {
        Resource(
            attributes: attributes(6), droppedAttributesCount: small(), schemaURL: chance(2) ? "https://s/1" : "",
            // EntityRef{schema_url: "u", type: "service", id_keys: ["k"]}
            entityReferences: chance(2)
                ? [] : [0x1A, 15, 0x0A, 1, 0x75, 0x12, 7] + Array("service".utf8) + [0x1A, 1, 0x6B])
    }

    mutating func scope() -> InstrumentationScope {
        InstrumentationScope(
            name: text(), version: chance(2) ? "1.2.3" : "", attributes: attributes(3), droppedAttributesCount: small(),
            schemaURL: chance(2) ? "https://s/2" : "")
    }

    mutating func attributes(_ most: UInt64) -> [Attribute] {
        (0..<below(most + 1)).map { index in
            Attribute(chance(4) ? text() : "key.\(index)", value(depth: 0))
        }
    }

    mutating func value(depth: Int) -> AttributeValue {
        switch below(depth < 4 ? 9 : 7) {
        case 0: .empty
        case 1: .string(text())
        case 2: .bool(chance(2))
        case 3: .int(Int64(bitPattern: number()))
        case 4: .double([0, -0.0, 1.5, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, 1e300][Int(below(8))])
        case 5: .bytes((0..<below(20)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        case 6: .string("constant")
        case 7: .array((0..<below(4)).map { _ in value(depth: depth + 1) })
        default: .map((0..<below(4)).map { _ in Attribute(text(), value(depth: depth + 1)) })
        }
    }

    mutating func text() -> String {
        switch below(6) {
        case 0: ""
        case 1: "a\"b\\c\n\u{1}\u{7F}"
        case 2: "Zürich 🏦"
        case 3: String(repeating: "x", count: Int(below(300)))
        default: String(below(50))
        }
    }

    mutating func number() -> UInt64 {
        switch below(4) {
        case 0: 0
        case 1: .max
        case 2: random.next()
        default: 1_780_000_000_000_000_000 + below(1_000_000_000)
        }
    }

    mutating func small() -> UInt32 { chance(3) ? UInt32(truncatingIfNeeded: random.next()) : 0 }
}

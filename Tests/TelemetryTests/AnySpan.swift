import Telemetry

/// Spans of every shape that OpenTelemetry allows, by chance.
struct AnySpan {
    var dice: Dice

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 1...one, using: &dice) == 1 }

    mutating func text() -> String {
        let samples = [
            "", "a", "http.route", "POST /payments/{id}", "é", "e\u{301}", "台帳", "👩‍👧", "\u{0}\u{1B}", "\u{FFFD}",
        ]
        if chance(20) { return String(repeating: "x", count: Int.random(in: 0...3000, using: &dice)) }
        return (samples.randomElement(using: &dice) ?? "") + (chance(3) ? String(dice.next() % 50) : "")
    }

    mutating func value(depth: Int = 0) -> AttributeValue {
        switch Int.random(in: 0...(depth < 6 ? 8 : 6), using: &dice) {
        case 0: .empty
        case 1, 2: .string(text())
        case 3: .bool(Bool.random(using: &dice))
        case 4: .int([Int64.min, -1, 0, 1, .max].randomElement(using: &dice) ?? 0)
        case 5: .double([0.0, -0.0, .nan, .infinity, 1.5, .leastNonzeroMagnitude].randomElement(using: &dice) ?? 0)
        case 6: .bytes((0..<Int.random(in: 0...9, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) })
        case 7: .array((0..<Int.random(in: 0...3, using: &dice)).map { _ in value(depth: depth + 1) })
        default: .map((0..<Int.random(in: 0...3, using: &dice)).map { _ in Attribute(text(), value(depth: depth + 1)) })
        }
    }

    mutating func attributes() -> [Attribute] {
        // Keys may repeat, be empty, and stand in any order.
        (0..<Int.random(in: 0...8, using: &dice)).map { _ in Attribute(text(), value()) }
    }

    mutating func count() -> UInt32 { [0, 0, 0, 1, .max].randomElement(using: &dice) ?? 0 }

    mutating func resource() -> Resource {
        Resource(
            attributes: attributes(), droppedAttributesCount: count(), schemaURL: text(),
            entityReferences: chance(4) ? [0x1A, 2, 10, 0] : [])
    }

    mutating func scope() -> InstrumentationScope {
        InstrumentationScope(
            name: text(), version: text(), attributes: attributes(), droppedAttributesCount: count(), schemaURL: text())
    }

    mutating func span(resources: [Resource], scopes: [InstrumentationScope]) -> Span {
        let events = (0..<(chance(3) ? 3 : 0)).map { _ in
            SpanEvent(
                timeNanoseconds: dice.next(), name: text(), attributes: attributes(), droppedAttributesCount: count())
        }
        let links = (0..<(chance(3) ? 2 : 0)).map { _ in
            SpanLink(
                traceID: TraceID(high: dice.next(), low: dice.next()), spanID: SpanID(dice.next()), traceState: text(),
                attributes: attributes(), droppedAttributesCount: count(), flags: count())
        }
        return Span(
            traceID: TraceID(high: dice.next(), low: dice.next()), spanID: SpanID(dice.next()),
            parentSpanID: chance(2) ? .none : SpanID(dice.next()), traceState: text(), flags: count(), name: text(),
            kind: SpanKind(rawValue: [0, 1, 2, 3, 4, 5, 77, -1].randomElement(using: &dice) ?? 0),
            startNanoseconds: dice.next(), endNanoseconds: dice.next(), attributes: attributes(),
            droppedAttributesCount: count(), events: events, droppedEventsCount: count(), links: links,
            droppedLinksCount: count(),
            status: SpanStatus(code: [0, 1, 2, 9].randomElement(using: &dice) ?? 0, message: text()),
            resource: resources.randomElement(using: &dice) ?? Resource(),
            scope: scopes.randomElement(using: &dice) ?? InstrumentationScope())
    }

    mutating func spans(_ count: Int) -> [Span] {
        let resources = (0..<3).map { _ in resource() }
        let scopes = (0..<3).map { _ in scope() }
        return (0..<count).map { _ in span(resources: resources, scopes: scopes) }
    }
}

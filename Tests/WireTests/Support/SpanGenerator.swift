import Telemetry

/// Spans of every kind of content that a batch can hold.
struct SpanGenerator {
    var random: SeededGenerator

    mutating func batch(_ count: Int) -> SpanBatch {
        var spans: [Span] = []
        var trace = traceID()
        for _ in 0..<count {
            if random.chance(4) { trace = traceID() }
            spans.append(span(trace, earlier: spans))
        }
        var batch = SpanBatch(spans)
        // Bytes that are no UTF-8, which a `String` cannot carry.
        for row in 0..<count where random.chance(9) {
            batch.name[row] = batch.strings.intern([0xFF, UInt8(random.below(256)), 0x00])
        }
        for index in batch.links.indices where random.chance(3) {
            batch.links[index].traceState = batch.strings.intern([0xC3, 0x28])
        }
        return batch
    }

    mutating func traceID() -> TraceID { TraceID(high: random.next(), low: random.next()) }

    mutating func number() -> UInt64 {
        switch random.below(6) {
        case 0: 0
        case 1: .max
        case 2: UInt64(Int64.max)
        case 3: UInt64(bitPattern: Int64.min)
        case 4: UInt64(random.below(300))
        default: random.next() >> UInt64(random.below(64))
        }
    }

    mutating func time() -> UInt64 {
        random.chance(12) ? number() : 1_790_000_000_000_000_000 + UInt64(random.below(1_000_000)) * 1_000
    }

    mutating func text() -> String {
        switch random.below(8) {
        case 0: ""
        case 1: "GET"
        case 2: "0b6f1c5e-88aa-4b1e-9d3c-\(Hex.string(random.next()).suffix(12))"
        case 3: Hex.string(random.next())
        case 4: "PAY-2026-\(random.below(100_000_000))"
        case 5: "déjà-\(random.below(5))"
        case 6: String(repeating: "x", count: random.below(400))
        default: "0B6F1C5E-88AA-4B1E-9D3C-ABCDEF012345"
        }
    }

    mutating func value(depth: Int = 0) -> AttributeValue {
        switch random.below(depth > 2 ? 6 : 8) {
        case 0: .empty
        case 1: .string(text())
        case 2: .bool(random.chance(2))
        case 3: .int(Int64(bitPattern: number()))
        case 4: .double(double())
        case 5: .bytes((0..<random.below(20)).map { UInt8($0 &* 37 & 0xFF) })
        case 6: .array((0..<random.below(4)).map { _ in value(depth: depth + 1) })
        default: .map((0..<random.below(4)).map { Attribute("k\($0)", value(depth: depth + 1)) })
        }
    }

    mutating func double() -> Double {
        switch random.below(8) {
        case 0: -0.0
        case 1: .nan
        case 2: Double(bitPattern: 0x7FF0_0000_0000_0001)
        case 3: -.infinity
        case 4: Double(random.below(1_000_000)) / 100
        case 5: 1e300
        case 6: .leastNonzeroMagnitude
        default: Double(bitPattern: random.next())
        }
    }

    /// Few layouts that come back, so that columns form; now and then one of its own. Keys may be empty or repeat.
    mutating func attributes() -> [Attribute] {
        if random.chance(6) { return (0..<random.below(6)).map { _ in Attribute("", value()) } }
        let kind = random.below(4)
        return [
            Attribute("http.method", .string(random.chance(5) ? text() : "POST")),
            Attribute("code", .int(random.chance(3) ? Int64(bitPattern: number()) : 200)),
            Attribute("code", .int(Int64(random.below(4)))), Attribute("flag", .bool(random.chance(2))),
            Attribute("amount", .double(random.chance(3) ? double() : 12.5)),
            Attribute("list", .array([.int(1), .string(text())])), Attribute("kind\(kind)", .string(text())),
            Attribute("raw", .bytes([1, 2, UInt8(random.below(3))])), Attribute("nothing", .empty),
        ]
    }

    mutating func span(_ trace: TraceID, earlier: [Span]) -> Span {
        let start = time()
        let length = UInt64(random.below(5_000_000))
        let parent: SpanID =
            random.chance(4) ? .none : random.chance(3) ? SpanID(random.next()) : earlier.last?.spanID ?? .none
        let minted = 0xAB_CDEF_0000_0000 << 8 | UInt64(random.below(1_000_000))
        var span = Span(
            traceID: trace, spanID: SpanID(random.chance(2) ? minted : random.next()), parentSpanID: parent,
            flags: random.chance(3) ? 0x101 : 1, name: "op\(random.below(5))",
            kind: SpanKind(rawValue: random.chance(20) ? Int32.min : Int32(random.below(6))), startNanoseconds: start,
            endNanoseconds: random.chance(10) ? number() : start &+ length, attributes: attributes(),
            resource: Resource(
                attributes: [Attribute("service.name", .string("s\(random.below(3))"))],
                droppedAttributesCount: UInt32(random.below(2)), schemaURL: random.chance(2) ? "https://schema/1" : "",
                entityReferences: random.chance(3) ? [0x1A, 0x00] : []),
            scope: InstrumentationScope(
                name: "lib\(random.below(2))", version: "1", attributes: [Attribute("a", value())],
                droppedAttributesCount: 3, schemaURL: "u"))
        if random.chance(5) { span.traceState = "vendor=\(random.below(9))" }
        if random.chance(5) { span.status = SpanStatus(code: random.chance(3) ? -7 : 2, message: text()) }
        if random.chance(7) { span.droppedAttributesCount = .max }
        if random.chance(7) { span.droppedEventsCount = 4 }
        if random.chance(7) { span.droppedLinksCount = 5 }
        if random.chance(5) {
            span.events = (0..<random.below(4)).map { _ in
                SpanEvent(
                    timeNanoseconds: time(), name: text(), attributes: attributes(),
                    droppedAttributesCount: UInt32(random.below(3)))
            }
        }
        if random.chance(6) {
            span.links = (0..<random.below(3)).map { _ in
                SpanLink(
                    traceID: traceID(), spanID: SpanID(random.next()), traceState: text(), attributes: attributes(),
                    droppedAttributesCount: 1, flags: UInt32.max)
            }
        }
        return span
    }
}

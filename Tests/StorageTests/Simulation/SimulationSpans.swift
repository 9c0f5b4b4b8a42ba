import Telemetry

/// Makes the spans of a history: few traces, transactions and services, so that everything meets everything, and some
/// of what OpenTelemetry allows and nobody expects.
struct SimulationSpans {
    static let services = ["gateway", "payments", "ledger", "caf\u{E9}"]
    static let keys = ["payment.transaction_id", "payment.uetr", "transaction.id", "card.authorization_id"]

    private(set) var traces: [TraceID] = []
    private(set) var transactions: [String] = []
    /// Some of what was made, to be sent again or contradicted.
    private var known: [Span] = []
    private var nextID: UInt64

    init(random: inout SimulationRandom) { nextID = random.next() | 1 }

    mutating func batch(_ count: Int, now: UInt64, _ random: inout SimulationRandom) -> [Span] {
        var spans: [Span] = []
        while spans.count < count {
            switch random.below(24) {
            case 0 where !known.isEmpty: spans.append(random.pick(known))
            case 1 where !known.isEmpty: spans.append(contradict(random.pick(known), &random))
            case 2 where !spans.isEmpty: spans.append(random.pick(spans))
            default: spans.append(span(now: now, &random))
            }
            if known.count < 60 {
                known.append(spans[spans.count - 1])
            } else if random.oneIn(8) {
                known[random.below(60)] = spans[spans.count - 1]
            }
        }
        return spans
    }

    private mutating func trace(_ random: inout SimulationRandom) -> TraceID {
        if traces.isEmpty || random.oneIn(4) {
            traces.append(TraceID(high: random.oneIn(5) ? 0 : random.next(), low: random.next()))
        }
        // Mostly the latest, now and then any: a late span.
        return random.oneIn(4) ? random.pick(traces) : traces[max(0, traces.count - 1 - random.below(3))]
    }

    private mutating func transaction(_ random: inout SimulationRandom) -> String {
        if transactions.isEmpty || random.oneIn(5) {
            transactions.append(
                random.oneIn(2)
                    ? "PAY-\(random.below(1_000_000))"
                    : "0f8fad5b-d9cb-469f-a165-\(random.below(899_999) + 100_000)aBcDeF")
        }
        return random.pick(transactions)
    }

    private mutating func span(now: UInt64, _ random: inout SimulationRandom) -> Span {
        nextID &+= 1
        let start = random.oneIn(40) ? random.pick([0, 1, .max, 1 << 63]) : now - UInt64(random.below(5_000_000_000))
        let end = random.oneIn(20) ? random.next() : start &+ UInt64(random.below(80_000_000))
        var span = Span(
            traceID: trace(&random), spanID: SpanID(nextID),
            name: random.pick(["charge", "GET /accounts", "settle", ""]),
            kind: SpanKind(
                rawValue: random.oneIn(20) ? Int32(truncatingIfNeeded: random.next()) : Int32(random.below(6))),
            startNanoseconds: start, endNanoseconds: end)
        if !random.oneIn(3) { span.parentSpanID = SpanID(nextID &- UInt64(random.below(4))) }
        if random.oneIn(3) { span.traceState = "bank=\(random.below(3))" }
        span.flags = random.oneIn(4) ? UInt32(truncatingIfNeeded: random.next()) : 0x101
        if random.oneIn(4) {
            span.status = SpanStatus(code: Int32(random.below(4)), message: random.pick(["", "no cover"]))
        }
        for _ in 0..<random.pick([0, 1, 1, 1, 2, 3]) {
            let id = transaction(&random)
            let written = random.oneIn(4) ? "  \(id)\t" : random.oneIn(3) ? id.uppercased() : id
            span.attributes.append(Attribute(random.pick(SimulationSpans.keys), .string(written)))
        }
        if random.oneIn(12) { span.attributes.append(Attribute("transaction.id", .int(Int64(random.below(9))))) }
        if random.oneIn(5) {
            span.attributes.append(Attribute(RetentionModel.customer, .string("customer-\(random.below(4))")))
        }
        span.attributes += attributes(random.below(6), &random)
        span.resource = Resource(
            attributes: [Attribute("service.name", .string(random.pick(SimulationSpans.services)))]
                + attributes(random.below(2), &random),
            schemaURL: random.pick(["", "https://schema/1"]))
        span.scope = InstrumentationScope(name: random.pick(["", "lib"]), version: random.pick(["", "1.2"]))
        if random.oneIn(6) {
            span.events.append(
                SpanEvent(timeNanoseconds: random.next(), name: "retry", attributes: attributes(2, &random)))
        }
        if random.oneIn(9) {
            span.links.append(
                SpanLink(
                    traceID: random.pick(traces), spanID: SpanID(random.next() | 1), traceState: "",
                    attributes: attributes(1, &random), flags: UInt32(random.below(4))))
        }
        return span
    }

    private func attributes(_ count: Int, _ random: inout SimulationRandom) -> [Attribute] {
        (0..<count).map { _ in
            Attribute(
                random.pick(["http.status", "amount", "", "retry", "peer", "na\u{EF}ve"]), value(&random, depth: 0))
        }
    }

    private func value(_ random: inout SimulationRandom, depth: Int) -> AttributeValue {
        switch random.below(depth < 2 ? 12 : 9) {
        case 0: .empty
        case 1: .bool(random.oneIn(2))
        case 2: .int(random.oneIn(4) ? .min : Int64(random.below(1000)))
        case 3: .double(random.pick([.nan, -0.0, .infinity, 0.5, 1e300]))
        case 4: .bytes((0..<random.below(9)).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        case 5: .string(String(repeating: "long ", count: random.below(60)))
        case 6: .string("ünï\u{0}code")
        case 7, 8: .string(random.pick(["200", "500", "EUR", "-1", "00a1", "0.50"]))
        case 9, 10: .array((0..<random.below(3)).map { _ in value(&random, depth: depth + 1) })
        default: .map((0..<random.below(3)).map { Attribute("k\($0)", value(&random, depth: depth + 1)) })
        }
    }

    /// A span with the same ids that says something else.
    private func contradict(_ span: Span, _ random: inout SimulationRandom) -> Span {
        var other = span
        switch random.below(5) {
        case 0: other.endNanoseconds &+= 1
        case 1: other.attributes.append(Attribute("amount", .double(-0.0)))
        case 2: other.resource.attributes = [Attribute("service.name", .string(random.pick(SimulationSpans.services)))]
        // The same letter, written in one code point and in two.
        case 3: other.name = span.name == "caf\u{E9}" ? "cafe\u{301}" : "caf\u{E9}"
        default: other.kind = SpanKind(rawValue: span.kind.rawValue ^ 1)
        }
        return other
    }
}

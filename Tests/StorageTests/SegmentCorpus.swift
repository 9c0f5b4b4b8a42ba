import Telemetry

/// A generator of repeatable numbers (SplitMix64).
struct SegmentRandom: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    mutating func uuid() -> String {
        let digits = Array((Hex.string(next()) + Hex.string(next())).utf8)
        var text: [UInt8] = []
        for (index, digit) in digits.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { text.append(0x2D) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Long tails, as latencies have.
    mutating func latency(_ mean: Double) -> UInt64 {
        var sum = 0.0
        for _ in 0..<3 { sum += Double(next() >> 11) / 0x1p53 }
        let skew = below(100) == 0 ? 20.0 : 1.0
        return UInt64(mean * (0.3 + sum / 2) * skew)
    }
}

/// Payments through a bank of eight services: traces of 23 spans, 15 to 20 attributes a span.
struct SegmentCorpus {
    var random: SegmentRandom
    private var now: UInt64 = 1_790_000_000_000_000_000
    private var payment = 4_200_000
    private let resources: [Resource]
    private let scope = InstrumentationScope(
        name: "io.opentelemetry.http", version: "2.11.0", schemaURL: "https://opentelemetry.io/schemas/1.37.0")

    static let services = ["gateway", "auth", "payments", "fraud", "limits", "ledger", "fx", "notifications"]
    private static let routes = [
        "/v1/payments", "/v1/token", "/v1/payments/{id}", "/v1/score", "/v1/limits/check", "/v1/entries", "/v1/rates",
        "/v1/messages",
    ]

    init(seed: UInt64) {
        random = SegmentRandom(seed: seed)
        resources = SegmentCorpus.services.enumerated().map { index, name in
            Resource(
                attributes: [
                    Attribute("service.name", .string(name)), Attribute("service.version", .string("3.\(index).1")),
                    Attribute("service.instance.id", .string("\(name)-7d9f8b6c5-x2v\(index)")),
                    Attribute("service.namespace", .string("bank")),
                    Attribute("host.name", .string("node-\(index % 3)")),
                    Attribute("process.pid", .int(Int64(1000 + index))),
                    Attribute("telemetry.sdk.name", .string("opentelemetry")),
                ], schemaURL: "https://opentelemetry.io/schemas/1.37.0")
        }
    }

    private struct Payment {
        var trace: TraceID
        var id: String
        var uetr: String
        var amount: Double
        var currency: String
        var failed: Bool
    }

    /// One payment's spans, parents before children.
    mutating func trace() -> [Span] {
        payment += 1
        now += random.latency(2_000_000)
        let current = Payment(
            trace: TraceID(high: random.next(), low: random.next()), id: "PAY-2026-\(payment)", uetr: random.uuid(),
            amount: Double(random.below(500_000)) / 100, currency: ["EUR", "USD", "GBP", "CHF"][random.below(4)],
            failed: random.below(50) == 0)
        var spans: [Span] = []
        hop(0, parent: .none, start: now, current, &spans)
        return spans
    }

    private mutating func hop(_ service: Int, parent: SpanID, start: UInt64, _ payment: Payment, _ spans: inout [Span])
    {
        var server = span(service, .server, parent: parent, start: start, payment)
        let position = spans.count
        spans.append(server)
        var at = start + random.latency(300_000)
        let callees = service == 0 ? [1, 2] : service == 2 ? [3, 4, 5, 6, 7] : []
        for callee in callees {
            var client = span(service, .client, parent: server.spanID, start: at, payment)
            let index = spans.count
            spans.append(client)
            hop(callee, parent: client.spanID, start: at + random.latency(150_000), payment, &spans)
            at = (spans[(index + 1)...].map(\.endNanoseconds).max() ?? at) + random.latency(150_000)
            client.endNanoseconds = at
            spans[index] = client
        }
        for _ in 0..<(service == 2 ? 1 : 1) {
            var query = span(service, .internal, parent: server.spanID, start: at, payment)
            at += random.latency(900_000)
            query.endNanoseconds = at
            spans.append(query)
        }
        server.endNanoseconds = at + random.latency(100_000)
        spans[position] = server
    }

    private mutating func span(
        _ service: Int, _ kind: SpanKind, parent: SpanID, start: UInt64, _ payment: Payment
    ) -> Span {
        let isClient = kind == .client
        let name =
            kind == .internal
            ? "SELECT bank.\(SegmentCorpus.services[service])" : "POST " + SegmentCorpus.routes[service]
        var attributes: [Attribute] = [
            Attribute("payment.transaction_id", .string(payment.id)),
            Attribute("payment.uetr", .string(payment.uetr)),
            Attribute("payment.amount", .double(payment.amount)),
            Attribute("payment.currency", .string(payment.currency)),
            Attribute("thread.id", .int(Int64(random.below(64)))),
            Attribute("deployment.environment.name", .string("production")),
        ]
        if kind == .internal {
            attributes += [
                Attribute("db.system.name", .string("postgresql")), Attribute("db.namespace", .string("bank")),
                Attribute("db.operation.name", .string("SELECT")),
                Attribute("db.query.text", .string("SELECT * FROM \(SegmentCorpus.services[service]) WHERE id = $1")),
                Attribute("db.response.returned_rows", .int(Int64(random.below(5)))),
                Attribute("server.address", .string("db-\(service % 2).bank.internal")),
                Attribute("server.port", .int(5432)), Attribute("db.client.connection.pool.name", .string("main")),
                Attribute("network.transport", .string("tcp")),
            ]
        } else {
            let status = payment.failed && service == 3 ? 503 : 200
            attributes += [
                Attribute("http.request.method", .string("POST")),
                Attribute("http.route", .string(SegmentCorpus.routes[service])),
                Attribute("http.response.status_code", .int(Int64(status))),
                Attribute("url.path", .string("/v1/payments/" + payment.id)), Attribute("url.scheme", .string("https")),
                Attribute("network.protocol.version", .string("1.1")),
                Attribute("server.address", .string("\(SegmentCorpus.services[service]).bank.internal")),
                Attribute("server.port", .int(8443)),
                Attribute("http.request.body.size", .int(Int64(200 + random.below(1800)))),
                Attribute("http.response.body.size", .int(Int64(100 + random.below(4000)))),
                Attribute("user_agent.original", .string(isClient ? "waybill/1.0" : "okhttp/4.12.0")),
                Attribute("client.address", .string("10.4.\(random.below(4)).\(random.below(32))")),
                Attribute("tls.protocol.version", .string("1.3")),
            ]
        }
        var id = SpanID(random.next())
        if !id.isValid { id = SpanID(1) }
        return Span(
            traceID: payment.trace, spanID: id, parentSpanID: parent, flags: 0x101, name: name, kind: kind,
            startNanoseconds: start, endNanoseconds: start, attributes: attributes,
            status: SpanStatus(code: payment.failed && service == 3 ? 2 : 0), resource: resources[service],
            scope: scope)
    }

    /// Batches of about `size` spans, whole traces each, with the provenance of one sender.
    mutating func batches(spans: Int, size: Int) -> [(batch: SpanBatch, provenance: Provenance)] {
        var parts: [(batch: SpanBatch, provenance: Provenance)] = []
        var total = 0
        while total < spans {
            var builder = SpanBatchBuilder()
            while builder.batch.count < size, total + builder.batch.count < spans {
                for span in trace() { builder.append(span) }
            }
            total += builder.batch.count
            parts.append((builder.take(), provenance(sender: 0, sequence: parts.count + 1)))
        }
        return parts
    }

    /// Batches as proxies send them: one service each, two or three spans of each of many traces.
    mutating func proxyBatches(spans: Int, size: Int) -> [(batch: SpanBatch, provenance: Provenance)] {
        var parts: [(batch: SpanBatch, provenance: Provenance)] = []
        var builders = resources.map { _ in SpanBatchBuilder() }
        var sequences = [Int](repeating: 0, count: builders.count)
        var total = 0
        while total < spans {
            for span in trace() {
                let service = SegmentCorpus.services.firstIndex(of: span.resource.serviceName) ?? 0
                builders[service].append(span)
                total += 1
            }
            for service in builders.indices where builders[service].batch.count >= size || total >= spans {
                sequences[service] += 1
                parts.append(
                    (builders[service].take(), provenance(sender: service, sequence: sequences[service])))
            }
        }
        return parts
    }

    private func provenance(sender: Int, sequence: Int) -> Provenance {
        Provenance(
            door: .wire, principal: "spiffe://bank.example/ns/bank/sa/\(SegmentCorpus.services[sender])",
            instance: "\(SegmentCorpus.services[sender])-0", incarnation: 77 + UInt64(sender),
            sequence: UInt64(sequence), receivedNanoseconds: now + UInt64(sequence) * 1_234_567)
    }
}

import Telemetry

/// Builds the spans of a journey in a few words; times in microseconds from a fixed moment.
struct Story {
    /// 2026-11-03 09:14:22.104 UTC.
    static let epoch: UInt64 = 1_793_697_262_104_000_000

    private(set) var spans: [StoredSpan] = []
    private var nextID: UInt64 = 0x10

    mutating func span(
        trace: UInt64 = 1, id: UInt64? = nil, parent: UInt64 = 0, _ service: String, _ name: String,
        _ kind: SpanKind = .server, at start: UInt64, took duration: UInt64, status: Int? = nil, error: String? = nil,
        attributes: [Attribute] = []
    ) -> UInt64 {
        let id = id ?? nextID
        nextID += 1
        var attributes = attributes
        if let status { attributes.append(Attribute("http.response.status_code", .int(Int64(status)))) }
        let span = Span(
            traceID: TraceID(high: 0x4bf9_2f35_77b3_4da6, low: trace), spanID: SpanID(id),
            parentSpanID: SpanID(parent), name: name, kind: kind, startNanoseconds: Self.epoch + start * 1000,
            endNanoseconds: Self.epoch + (start + duration) * 1000, attributes: attributes,
            status: SpanStatus(code: error == nil ? SpanStatus.unset : SpanStatus.error, message: error ?? ""),
            resource: Resource(attributes: [Attribute("service.name", .string(service))]))
        spans.append(
            StoredSpan(
                span: span,
                provenance: Provenance(
                    door: .wire, principal: Self.principal(service), instance: service + "-0", incarnation: 7,
                    sequence: UInt64(spans.count) + 1, receivedNanoseconds: span.endNanoseconds + 1_000_000)))
        return id
    }

    /// A hop between two proxies: the caller's span and, half a millisecond inside it, the callee's.
    ///
    /// - Returns: the callee's span id, to hang calls below.
    @discardableResult
    mutating func hop(
        trace: UInt64 = 1, below parent: UInt64 = 0, _ caller: String, _ callee: String, _ name: String,
        at start: UInt64, took duration: UInt64, status: Int = 200, attempt: Int? = nil, error: String? = nil,
        flags: String? = nil, transaction: String? = nil, answered: Bool = true, unprocessed: Bool? = nil
    ) -> UInt64 {
        var out = [
            Attribute("waybill.principal", .string(Self.principal(caller))),
            Attribute("waybill.peer.principal", .string(Self.principal(callee))),
        ]
        if let attempt { out.append(Attribute("waybill.attempt", .int(Int64(attempt)))) }
        if let flags { out.append(Attribute("waybill.response_flags", .string(flags))) }
        if let unprocessed { out.append(Attribute("waybill.attempt.unprocessed", .bool(unprocessed))) }
        var into = [
            Attribute("waybill.principal", .string(Self.principal(callee))),
            Attribute("waybill.peer.principal", .string(Self.principal(caller))),
        ]
        if let transaction {
            out.append(Attribute("payment.id", .string(transaction)))
            into.append(Attribute("payment.id", .string(transaction)))
        }
        let client = span(
            trace: trace, parent: parent, caller, name, .client, at: start, took: duration, status: status,
            error: error, attributes: out)
        guard answered else { return client }
        return span(
            trace: trace, parent: client, callee, name, .server, at: start + 500,
            took: duration > 1000 ? duration - 1000 : 1, status: status, error: status >= 500 ? error : nil,
            attributes: into)
    }

    mutating func remove(where isUnwanted: (StoredSpan) -> Bool) { spans.removeAll(where: isUnwanted) }

    mutating func add(_ stored: StoredSpan) { spans.append(stored) }

    func journey(_ transaction: String = "P-1001", gaps: [JourneyGap] = []) -> Journey {
        Journey(transaction: transaction, kinds: [], spans: spans, rules: .standard, gaps: gaps)
    }

    static func principal(_ service: String) -> String { "spiffe://bank.example/\(service)" }

    /// A card payment through the whole bank: one retried hop, one service that forwards no headers, settlement later
    /// in a second trace.
    static func payment(_ id: String = "P-1001") -> Story {
        var story = Story()
        let gateway = story.span(
            "gateway", "POST /payments", at: 0, took: 412_000, status: 201,
            attributes: [
                Attribute("waybill.principal", .string(principal("gateway"))),
                Attribute("payment.id", .string(id)),
                Attribute("payment.uetr", .string("97ED4827-7B6F-4491-A06F-B548D5A7512D")),
            ])
        story.hop(below: gateway, "gateway", "auth", "POST /verify", at: 3000, took: 12_000)
        let payments = story.hop(
            below: gateway, "gateway", "payments", "POST /payments", at: 17_000, took: 390_000, status: 201,
            transaction: id)
        story.hop(below: payments, "payments", "fraud", "POST /score", at: 20_000, took: 41_000)
        let limits = story.hop(
            below: payments, "payments", "limits", "POST /reserve", at: 62_000, took: 60_000, transaction: id)
        // limits forwards no trace headers: its call starts a trace of its own.
        story.hop(
            trace: 2, "limits", "sanctions", "GET /screen/{name}", at: 70_000, took: 30_000, transaction: id)
        _ = limits
        story.hop(
            below: payments, "payments", "ledger", "POST /entries", at: 130_000, took: 100_000, status: 503, attempt: 1,
            error: "upstream request timeout", flags: "UT")
        story.hop(
            below: payments, "payments", "ledger", "POST /entries", at: 250_000, took: 104_000, status: 201, attempt: 2)
        story.hop(
            below: payments, "payments", "notifications", "POST /messages", at: 360_000, took: 22_000, status: 202)
        let settlement = story.span(
            trace: 3, "settlement", "settle", .internal, at: 28_800_000_000, took: 800_000,
            attributes: [Attribute("payment.id", .string(id))])
        story.hop(
            trace: 3, below: settlement, "settlement", "ledger", "POST /settlements", at: 28_800_020_000, took: 700_000,
            transaction: id)
        return story
    }

    /// A payment that the ledger refuses to book, with names that do not fit, a hop whose callee recorded nothing, a
    /// hop whose caller is lost, and a hop known only by name.
    static func broken(_ id: String = "P-1002") -> Story {
        var story = Story()
        let gateway = story.span(
            "gateway", "POST /payments", at: 0, took: 95_000, status: 502, error: "bad gateway",
            attributes: [Attribute("payment.id", .string(id))])
        let payments = story.hop(
            below: gateway, "gateway", "payments-orchestration-service", "POST /very/long/route/{id}/with/many/parts",
            at: 2000, took: 90_000, status: 502, error: "502", transaction: id)
        story.hop(below: payments, "payments-orchestration-service", "台帳サービス", "仕訳を記帳する POST", at: 5000, took: 9000)
        story.hop(
            below: payments, "payments-orchestration-service", "limits", "POST /reserve", at: 20_000, took: 30_000,
            answered: false)
        story.hop(
            below: payments, "payments-orchestration-service", "ledger", "POST /entries\u{1B}[2J", at: 52_000,
            took: 38_000, status: 500, error: "account 4711 is closed\u{7}", transaction: id)
        let orphan = story.hop(
            below: 0xdead, "fx", "rates", "GET /rates/{pair}", at: 30_000, took: 4000)
        story.hop(below: orphan, "rates", "cache", "GET /{key}", at: 31_000, took: 1000)
        return story
    }

    static let gaps = [
        JourneyGap(
            kind: .recordedLoss, principal: principal("fx"), instance: "fx-1",
            from: Timestamp(nanoseconds: epoch - 1_000_000_000), to: Timestamp(nanoseconds: epoch + 2_000_000_000),
            spans: 12, reason: "queue full"),
        JourneyGap(
            kind: .unknownTail, principal: principal("limits"), instance: "limits-0",
            from: Timestamp(nanoseconds: epoch + 40_000_000)),
        JourneyGap(
            kind: .missingSequences, principal: principal("auth"), instance: "auth-0",
            to: Timestamp(nanoseconds: epoch - JourneyGap.slackNanoseconds - 1), firstSequence: 3, lastSequence: 5),
    ]
}

import Telemetry

/// What is counted so far; used under one lock.
struct SpanMetricsState: Sendable {
    let limits: SpanMetrics.Limits
    let rules: TransactionRules
    var names: NameTable
    private var batchNames = BatchNames()

    var series: [SpanSeries] = []
    var seriesIndex = SeriesIndex()
    var foldedSeries = FoldedLabels()

    var edges: [EdgeSeries] = []
    var edgeIndex = SeriesIndex()
    var foldedEdges = FoldedLabels()
    let waiting: WaitingSpans

    init(limits: SpanMetrics.Limits, rules: TransactionRules) {
        self.limits = limits
        self.rules = rules
        names = NameTable(limit: Self.nameLimit(limits))
        waiting = WaitingSpans(capacity: limits.waitingSpans)
    }

    /// A series needs two names at most, and as many again may come before those of idle ones are dropped.
    static func nameLimit(_ limits: SpanMetrics.Limits) -> Int {
        min(4 * (limits.spanSeries + limits.edges) + 1024, 1 << 23)
    }

    mutating func observe(_ batch: borrowing SpanBatch, now: UInt64) {
        batchNames.begin(batch)
        for row in 0..<batch.count {
            let service = batchNames.service(batch.resource[row], batch, &names)
            let start = batch.startNanoseconds[row]
            let end = batch.endNanoseconds[row]
            let duration = end > start ? end &- start : 0
            let kind = batch.kind[row]
            let status = batch.statusCode[row]
            count(batch, row, service: service, duration: duration, kind: kind, status: status, now: now)
            switch kind {
            case SpanKind.client.rawValue, SpanKind.producer.rawValue:
                client(batch, row, service: service, duration: duration, hasFailed: status == SpanStatus.error, now)
            case SpanKind.server.rawValue, SpanKind.consumer.rawValue:
                server(batch, row, service: service, duration: duration, hasFailed: status == SpanStatus.error, now)
            default: break
            }
        }
        expireWaiting(now: now)
    }

    @inline(__always)
    private mutating func count(
        _ batch: borrowing SpanBatch, _ row: Int, service: UInt32, duration: UInt64, kind: Int32, status: Int32,
        now: UInt64
    ) {
        let name = batchNames.number(batch.name[row], batch, &names)
        let knownKind = (0...5).contains(kind) ? UInt8(truncatingIfNeeded: kind) : 0
        let knownStatus = (0...2).contains(status) ? UInt8(truncatingIfNeeded: status) : 0
        let key = SpanSeries.key(service: service, name: name, kind: knownKind, status: knownStatus)
        let place =
            seriesIndex.find(key)
            ?? addSeries(service: service, name: name, kind: knownKind, status: knownStatus, now: now)
        if series[place].observe(
            durationNanoseconds: duration, now: now, keepingExemplarFor: limits.exemplarNanoseconds)
        {
            series[place].exemplar = exemplar(batch, row, duration: duration, now: now)
        }
    }

    private mutating func client(
        _ batch: borrowing SpanBatch, _ row: Int, service: UInt32, duration: UInt64, hasFailed: Bool, _ now: UInt64
    ) {
        let list = batch.attributes[row]
        let fields = batchNames.peerFields(list, batch)
        if fields.isDatabase {
            // Databases send no spans: nothing to wait for.
            let edge = edge(client: service, server: peer(fields.databasePeer, list, batch), .database, now: now)
            complete(edge, batch, row, client: duration, server: duration, hasFailed: hasFailed, now: now)
            return
        }
        let isMessaging = batch.kind[row] == SpanKind.producer.rawValue
        if let other = waiting.take(batch.traceID[row], batch.spanID[row], isClient: false) {
            let type = isMessaging || other.isMessaging ? ConnectionType.messagingSystem : .direct
            complete(
                edge(client: service, server: other.service, type, now: now), batch, row, client: duration,
                server: other.durationNanoseconds, hasFailed: hasFailed || other.hasFailed, now: now)
            return
        }
        wait(
            WaitingSpan(
                traceID: batch.traceID[row], spanID: batch.spanID[row], durationNanoseconds: duration,
                waitsSince: now, service: service,
                peer: fields.virtualPeer < 0 ? 0 : peer(fields.virtualPeer, list, batch), isClient: true,
                hasFailed: hasFailed, isMessaging: isMessaging), now: now)
    }

    private mutating func server(
        _ batch: borrowing SpanBatch, _ row: Int, service: UInt32, duration: UInt64, hasFailed: Bool, _ now: UInt64
    ) {
        let parent = batch.parentSpanID[row]
        let isMessaging = batch.kind[row] == SpanKind.consumer.rawValue
        if parent == .none {
            // Whoever began this trace sends no spans.
            let edge = edge(client: names.number("user"), server: service, .virtualNode, now: now)
            complete(edge, batch, row, client: duration, server: duration, hasFailed: hasFailed, now: now)
            return
        }
        if let other = waiting.take(batch.traceID[row], parent, isClient: true) {
            let type = isMessaging || other.isMessaging ? ConnectionType.messagingSystem : .direct
            complete(
                edge(client: other.service, server: service, type, now: now), batch, row,
                client: other.durationNanoseconds, server: duration, hasFailed: hasFailed || other.hasFailed, now: now)
            return
        }
        wait(
            WaitingSpan(
                traceID: batch.traceID[row], spanID: parent, durationNanoseconds: duration,
                waitsSince: now, service: service, peer: 0, isClient: false, hasFailed: hasFailed,
                isMessaging: isMessaging), now: now)
    }

    /// The name that a peer's attribute holds.
    private mutating func peer(_ field: Int16, _ list: AttributeList, _ batch: borrowing SpanBatch) -> UInt32 {
        let payload = batch.values[Int(list.start) + Int(field)]
        return batchNames.number(StringRef(UInt32(truncatingIfNeeded: payload)), batch, &names)
    }

    @inline(__always)
    private mutating func complete(
        _ edge: Int, _ batch: borrowing SpanBatch, _ row: Int, client: UInt64, server: UInt64, hasFailed: Bool,
        now: UInt64
    ) {
        let duration = max(client, server)
        if edges[edge].complete(
            client: client, server: server, hasFailed: hasFailed, now: now,
            keepingExemplarFor: limits.exemplarNanoseconds)
        {
            edges[edge].exemplar = exemplar(batch, row, duration: duration, now: now)
        }
    }

    private mutating func exemplar(
        _ batch: borrowing SpanBatch, _ row: Int, duration: UInt64, now: UInt64
    ) -> SpanExemplar {
        SpanExemplar(
            traceID: batch.traceID[row], spanID: batch.spanID[row], durationNanoseconds: duration,
            endNanoseconds: batch.endNanoseconds[row], takenNanoseconds: now,
            transaction: batchNames.transaction(batch.attributes[row], batch, rules))
    }
}

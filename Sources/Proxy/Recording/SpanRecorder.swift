import Mesh
import NIOCore
import Telemetry
import Transport
import Wire

/// Turns finished exchanges into spans and hands full or old batches to the sink. One per worker.
final class SpanRecorder {
    private let sink: (any SpanSink)?
    private let counters: ProxyCounters
    private let principal: Principal
    private let maximumSpans: Int
    private let maximumAge: UInt64
    private var builders: [BatchBuilder]
    var scratch: [UInt8] = []
    var masking: SpanMasking
    private let accessLog: AccessLogWriter?
    private var lines = AccessLogLine()
    static let maximumLineBytes = 65_536

    init(setup: ProxySetup) {
        sink = setup.sink
        counters = setup.counters
        principal = setup.principal
        let telemetry = setup.configuration.telemetry
        maximumSpans = telemetry?.batchSpans ?? 512
        maximumAge = UInt64(telemetry?.batchMilliseconds ?? 100) * 1_000_000
        masking = SpanMasking(setup.configuration.privacy, registry: setup.registry)
        accessLog = setup.accessLog
        builders = RecordClass.allCases.map { _ in BatchBuilder(resource: setup.resource) }
    }

    /// Takes over what a new configuration says of recording.
    func adopt(_ setup: ProxySetup) {
        masking = SpanMasking(setup.configuration.privacy, registry: setup.registry)
    }

    var isEmpty: Bool { lines.bytes.isEmpty && builders.allSatisfy(\.batch.isEmpty) }

    /// Hands over what has waited long enough.
    func flush(now: UInt64, everything: Bool = false) {
        flushLines()
        for kind in RecordClass.allCases where !builders[kind.rawValue].batch.isEmpty {
            if everything || now &- builders[kind.rawValue].since >= maximumAge { export(kind) }
        }
    }

    private func flushLines() {
        guard let accessLog, !lines.bytes.isEmpty else { return }
        let (bytes, count) = lines.take()
        accessLog.append(bytes, lines: count)
    }

    private func export(_ kind: RecordClass) {
        guard let sink else { return }
        let batch = builders[kind.rawValue].take()
        let count = batch.count
        counters.spansRecorded.increment(by: count)
        var admission = sink.export(batch, delivery: kind.delivery, whenSpoolFull: kind.whenSpoolFull)
        if admission == .refused {
            // These requests have been forwarded: the loss of their records must at least be told.
            admission = sink.export(batch, delivery: kind.delivery, whenSpoolFull: .recordLoss)
        }
        if admission != .accepted { counters.spansLost.increment(by: count) }
    }

    /// Appends the spans that `body` writes.
    func append(_ kind: RecordClass, at now: UInt64, _ body: (inout BatchBuilder) -> Void) {
        guard sink != nil else { return }
        if builders[kind.rawValue].batch.isEmpty { builders[kind.rawValue].since = now }
        body(&builders[kind.rawValue])
        if builders[kind.rawValue].batch.count >= maximumSpans { export(kind) }
    }

    /// Appends the log line that `body` writes.
    func appendLine(_ body: (inout AccessLogLine, SpanMasking) -> Void) {
        guard accessLog != nil else { return }
        body(&lines, masking)
        if lines.bytes.count >= Self.maximumLineBytes { flushLines() }
    }

    /// Appends the spans of a finished exchange: one server span inbound, one client span for each attempt outbound.
    func record(_ exchange: Exchange) {
        appendLine { line, masking in line.append(exchange, own: principal, masking: masking) }
        guard sink != nil else { return }
        let kind = RecordClass(exchange.route?.recordClass, refused: exchange.flags.contains(.recordingRefused))
        let index = kind.rawValue
        if builders[index].batch.isEmpty { builders[index].since = exchange.ended }
        if exchange.downstream.direction == .inbound {
            appendServer(exchange, to: &builders[index])
        } else if exchange.attempts.isEmpty {
            appendClient(exchange, nil, to: &builders[index])
        } else {
            for attempt in exchange.attempts { appendClient(exchange, attempt, to: &builders[index]) }
        }
        if builders[index].batch.count >= maximumSpans { export(kind) }
    }

    private func appendServer(_ exchange: Exchange, to builder: inout BatchBuilder) {
        var row = SpanRow()
        row.spanID = exchange.serverSpanID
        row.kind = SpanKind.server.rawValue
        row.startNanoseconds = exchange.startedWall
        row.endNanoseconds = exchange.startedWall &+ (exchange.ended &- exchange.started)
        masking.begin()
        let start = builder.beginAttributes()
        addCommon(exchange, exchange.downstream.head.version, to: &builder)
        addOutcome(
            status: exchange.status, failsFrom: 500, isTunnel: exchange.isTunnelling, flags: exchange.flags,
            sentence: exchange.sentence, keeping: exchange.transactions.identifiers, code: exchange.code, row: &row,
            to: &builder)
        if let code = exchange.code { addCall(exchange, code, to: &builder) }
        builder.add(.waybillPeerPrincipal, exchange.downstream.principal.bytes)
        builder.add(.clientAddress, exchange.downstream.routes.forwarded.clientAddress(of: exchange.downstream))
        addSecurity(exchange, to: &builder)
        addTransactions(exchange, to: &builder)
        row.attributes = builder.endAttributes(start)
        finish(&row, exchange, to: &builder)
    }

    private func appendClient(_ exchange: Exchange, _ attempt: Attempt?, to builder: inout BatchBuilder) {
        var row = SpanRow()
        row.spanID = attempt?.spanID ?? exchange.worker.spanIDs.next()
        row.kind = SpanKind.client.rawValue
        let started = attempt?.started ?? exchange.started
        row.startNanoseconds = exchange.startedWall &+ (started &- exchange.started)
        row.endNanoseconds = exchange.startedWall &+ ((attempt?.ended ?? exchange.ended) &- exchange.started)
        masking.begin()
        let start = builder.beginAttributes()
        addCommon(exchange, attempt?.version ?? exchange.downstream.head.version, to: &builder)
        let isLast = attempt?.number == exchange.attempts.last?.number
        var flags = isLast ? exchange.flags : []
        if let flag = attempt?.flag, !flags.contains(flag) { flags.append(flag) }
        let code = exchange.call == nil ? nil : attempt?.code ?? attempt?.flag?.grpcCode ?? exchange.code
        let sentence = attempt.map { $0.sentence.isEmpty && isLast ? exchange.sentence : $0.sentence }
        addOutcome(
            status: attempt?.status ?? exchange.status, failsFrom: 400, isTunnel: exchange.isTunnelling && isLast,
            flags: flags, sentence: sentence ?? exchange.sentence, keeping: exchange.transactions.identifiers,
            code: code, row: &row, to: &builder)
        if let code { addCall(exchange, code, to: &builder) }
        if let attempt { addAttempt(attempt, of: exchange, to: &builder) }
        addSecurity(exchange, to: &builder)
        addTransactions(exchange, to: &builder)
        row.attributes = builder.endAttributes(start)
        finish(&row, exchange, to: &builder)
    }

    private func finish(_ row: inout SpanRow, _ exchange: Exchange, to builder: inout BatchBuilder) {
        row.traceID = exchange.trace.traceID
        row.parentSpanID = exchange.trace.parentSpanID
        // Bit 8: is_remote is known; bit 9: the parent is in another process (opentelemetry.proto.trace.v1.Span.flags).
        let hasParent = exchange.trace.parentSpanID.isValid
        row.flags = UInt32(exchange.trace.flags) | 0x100 | (hasParent ? 0x200 : 0)
        row.traceState = builder.intern(exchange.trace.traceState)
        row.name = name(of: exchange, in: &builder)
        builder.append(row)
    }

    /// `{method} {http.route}`, of low cardinality (HTTP semantic conventions, "Name").
    private func name(of exchange: Exchange, in builder: inout BatchBuilder) -> StringRef {
        if let name = callName(of: exchange, in: &builder) { return name }
        scratch.removeAll(keepingCapacity: true)
        let method = exchange.downstream.hasSoundHead ? exchange.method.name : nil
        scratch.append(contentsOf: (method ?? "HTTP").utf8)
        if let route = exchange.route, !route.templateBytes.isEmpty {
            scratch.append(0x20)
            scratch.append(contentsOf: route.templateBytes)
        }
        return builder.intern(scratch)
    }

    private func addCommon(_ exchange: Exchange, _ version: HTTPVersion, to builder: inout BatchBuilder) {
        let identifiers = exchange.transactions.identifiers
        let downstream = exchange.downstream
        let head = downstream.head
        if downstream.hasSoundHead {
            if let method = exchange.method.name {
                builder.add(.method, builder.intern(method))
            } else {
                builder.add(.method, "_OTHER")
                let text = masking.mask(head.methodText, keeping: identifiers, as: "http.request.method_original")
                builder.add(.originalMethod, builder.intern(text))
            }
            if !head.targetRange.isEmpty { addPath(head, keeping: identifiers, to: &builder) }
            addAuthority(head, keeping: identifiers, to: &builder)
            builder.add(.protocolVersion, version.text)
        }
        builder.add(.scheme, downstream.isSecure ? "https" : "http")
        if let original = downstream.original {
            builder.add(.waybillOriginalDestination, builder.intern(original.text))
        }
        builder.add(.waybillDirection, downstream.direction == .inbound ? "inbound" : "outbound")
        builder.add(.waybillPrincipal, principal.bytes)
        if let route = exchange.route {
            builder.add(.route, route.templateBytes)
            builder.add(.waybillRoute, route.nameBytes)
        }
        if let destination = exchange.destination { builder.add(.waybillCluster, destination.clusterBytes) }
        if let fault = exchange.fault { builder.add(.waybillFault, builder.intern(fault.rule.name)) }
        if let tunnel = exchange.tunnel, tunnel.isOpen {
            builder.add(.waybillTunnel, tunnel.name)
            builder.add(.waybillTunnelReceived, exchange.requestBytes)
            builder.add(.waybillTunnelSent, exchange.responseBytes)
            if let side = tunnel.endedBy { builder.add(.waybillTunnelEndedBy, builder.intern(side.rawValue)) }
        }
    }

    private func addPath(
        _ head: RequestHead, keeping identifiers: [TransactionExtraction.Identifier], to builder: inout BatchBuilder
    ) {
        head.fields.withBytes(head.targetRange) { target in
            let path = target.firstIndex(of: 0x3F).map { UnsafeRawBufferPointer(rebasing: target[..<$0]) } ?? target
            if let masked = masking.mask(path, keeping: identifiers, as: "url.path") {
                builder.add(.path, masked)
            } else {
                builder.add(.path, builder.intern(path))
            }
        }
    }

    private func addAuthority(
        _ head: RequestHead, keeping identifiers: [TransactionExtraction.Identifier], to builder: inout BatchBuilder
    ) {
        guard !head.authorityRange.isEmpty else { return }
        head.fields.withBytes(head.authorityRange) { authority in
            var end = authority.count
            var port = 0
            if let colon = authority.lastIndex(of: 0x3A), authority.count - colon <= 6,
                authority[(colon + 1)...].allSatisfy({ $0 &- 0x30 < 10 })
            {
                for digit in authority[(colon + 1)...] { port = port * 10 + Int(digit &- 0x30) }
                end = colon
            }
            let host = UnsafeRawBufferPointer(rebasing: authority[..<end])
            if let masked = masking.mask(host, keeping: identifiers, as: "server.address") {
                builder.add(.serverAddress, masked)
            } else {
                builder.add(.serverAddress, builder.intern(host))
            }
            if port > 0 { builder.add(.serverPort, port) }
        }
    }

    private func addOutcome(
        status: Int, failsFrom threshold: Int, isTunnel: Bool, flags: [ResponseFlag], sentence: String,
        keeping identifiers: [TransactionExtraction.Identifier], code: GRPCCode?, row: inout SpanRow,
        to builder: inout BatchBuilder
    ) {
        // A server's error begins at 500 or its like.
        let isError =
            code.map { threshold == 500 ? $0.isServerError : $0 != .ok } ?? (status >= threshold || status == 0)
        if status > 0 { builder.add(.status, status) }
        if !flags.isEmpty {
            builder.add(.waybillResponseFlags, builder.intern(flags.map(\.rawValue).joined(separator: ",")))
        }
        if let flag = flags.first(where: \.isFailure) {
            builder.add(.errorType, builder.intern(flag.errorType))
        } else if isError {
            builder.add(.errorType, builder.intern(code?.name ?? String(status)))
        }
        // The status of a tunnel, and of an answer that was broken off, says only how it began; that of a call, how it
        // ended.
        if isError || (isTunnel || status < 400 && code == nil) && flags.contains(where: \.isFailure) {
            row.statusCode = SpanStatus.error
            row.statusMessage = builder.intern(masking.mask(sentence, keeping: identifiers, as: "status.message"))
        }
    }

    /// What the access rules said, and what was masked above.
    private func addSecurity(_ exchange: Exchange, to builder: inout BatchBuilder) {
        if let policy = exchange.policy, let decision = exchange.decision {
            builder.add(.waybillPolicyDecision, decision.outcome == .allow ? "allow" : "deny")
            builder.add(.waybillPolicyRule, policy.ruleBytes(decision))
            builder.add(.waybillPolicyRevision, policy.revisionBytes)
        }
        let downstream = exchange.downstream
        if downstream.direction == .inbound, !downstream.isSecure, downstream.routes.isPermissive {
            builder.add(.waybillPlaintext, true)
        }
        masking.addNotes(to: &builder)
    }

    private func addTransactions(_ exchange: Exchange, to builder: inout BatchBuilder) {
        for identifier in exchange.transactions.identifiers {
            builder.add(builder.intern(identifier.attribute), builder.intern(identifier.value))
        }
        if exchange.transactions.hasMissed {
            let missed = exchange.transactions.missed.joined(separator: ",")
            builder.add(.waybillTransactionMissed, builder.intern(missed))
        }
    }
}

import Mesh
import NIOCore
import Privacy
import Telemetry

/// One request, connection or message as a line of JSON.
struct AccessLogLine {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    mutating func take() -> (bytes: [UInt8], lines: Int) {
        defer {
            bytes = []
            count = 0
        }
        return (bytes, count)
    }

    mutating func append(_ exchange: Exchange, own: Principal, masking: SpanMasking) {
        let downstream = exchange.downstream
        let identifiers = exchange.transactions.identifiers
        let keeping = identifiers.map(\.value)
        begin(at: exchange.startedWall, downstream.direction)
        let client = downstream.routes.forwarded.clientAddress(of: downstream)
        if !client.isEmpty { add("client_address", String(decoding: client, as: UTF8.self)) }
        if let original = downstream.original { add("original_destination", original.text) }
        if downstream.hasSoundHead {
            let head = downstream.head
            add("method", head.method.name == nil ? masking.text(head.methodText, keeping: keeping) : head.methodText)
            add("path", masking.text(String(head.target.prefix { $0 != "?" }), keeping: keeping))
            add("authority", masking.text(head.authority, keeping: keeping))
            add("protocol", "\(head.version.text)")
        }
        add("status", exchange.status)
        if let code = exchange.code { add("grpc_status", Int(code.rawValue)) }
        if !exchange.flags.isEmpty { add("response_flags", exchange.flags.map(\.rawValue).joined(separator: ",")) }
        if !exchange.sentence.isEmpty { add("reason", masking.text(exchange.sentence, keeping: keeping)) }
        add("duration_us", Int((exchange.ended &- exchange.started) / 1_000))
        add("bytes_received", exchange.requestBytes)
        add("bytes_sent", exchange.responseBytes)
        if let tunnel = exchange.tunnel, tunnel.isOpen { add("tunnel", String(decoding: tunnel.name, as: UTF8.self)) }
        add("attempts", exchange.attempts.count)
        if let route = exchange.route {
            add("route", route.route.name)
        }
        if let destination = exchange.destination { add("cluster", destination.pool.cluster.name) }
        if let attempt = exchange.attempts.last, let index = attempt.endpoint,
            let endpoint = exchange.destination?.pool.endpoints[index]
        {
            add("upstream", endpoint.endpoint.description)
        }
        add("trace_id", exchange.trace.traceID.description)
        let span = downstream.direction == .inbound ? exchange.serverSpanID : exchange.attempts.last?.spanID
        if let span, span.isValid { add("span_id", span.description) }
        add(identifiers)
        if !own.text.isEmpty { add("principal", own.text) }
        let peer = downstream.direction == .inbound ? downstream.principal : exchange.attempts.last?.principal ?? .none
        if !peer.text.isEmpty { add("peer_principal", peer.text) }
        add(exchange.policy, exchange.decision)
        end()
    }

    // MARK: What lines have in common

    /// - Parameter start: Unix nanoseconds.
    mutating func begin(at start: UInt64, _ direction: Direction) {
        count += 1
        bytes.append(UInt8(ascii: "{"))
        name("time", first: true)
        text(RFC3339.text(unixNanoseconds: start))
        add("direction", direction.rawValue)
    }

    mutating func add(_ identifiers: [TransactionExtraction.Identifier]) {
        guard !identifiers.isEmpty else { return }
        name("transactions")
        bytes.append(UInt8(ascii: "{"))
        for (index, identifier) in identifiers.enumerated() {
            name(identifier.attribute, first: index == 0)
            text(identifier.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    mutating func add(_ policy: RequestPolicy?, _ decision: AuthorizationDecision?) {
        guard let policy, let decision else { return }
        add("policy_revision", policy.authorization.revision)
        add("policy_rule", policy.authorization.ruleName(of: decision))
        add("policy_decision", decision.outcome == .allow ? "allow" : "deny")
    }

    mutating func end() { bytes += [UInt8(ascii: "}"), 0x0A] }

    // MARK: JSON

    private mutating func name(_ name: String, first: Bool = false) {
        if !first { bytes.append(UInt8(ascii: ",")) }
        text(name)
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func add(_ key: String, _ value: String) {
        name(key)
        text(value)
    }

    mutating func add(_ key: String, _ value: Int) {
        name(key)
        bytes += Array(String(value).utf8)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    /// RFC 8259 §7.
    private mutating func text(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                bytes += Array("\\u00".utf8)
                bytes += [Self.hexDigits[Int(byte >> 4)], Self.hexDigits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

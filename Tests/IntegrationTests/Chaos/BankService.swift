/// The services of the small bank that the chaos is let loose on, each behind a proxy of its own.
enum BankService: String, CaseIterable, Sendable {
    case gateway
    case payments
    case fraud
    case ledger
    case notifications

    /// Whom it asks for each request, one after the other.
    var peers: [BankService] {
        switch self {
        case .gateway: [.payments]
        case .payments: [.fraud, .ledger]
        case .fraud, .ledger: [.notifications]
        case .notifications: []
        }
    }

    var callers: [BankService] { Self.allCases.filter { $0.peers.contains(self) } }
    /// How many processes serve it, behind the one proxy.
    var instances: Int { self == .fraud ? 2 : 1 }
    /// What its callers name it.
    var host: String { "\(rawValue).bank" }
    var spiffeID: String { Self.spiffeID(rawValue) }
    /// The name under which its proxy exports.
    var exporter: String { "\(rawValue)-0" }

    static func spiffeID(_ name: String) -> String { "spiffe://bank.example/ns/core/sa/\(name)" }

    /// The one right answer: it names everyone who had a part in it.
    func answer(_ payment: String) -> String {
        "\(rawValue):\(payment)(\(peers.map { $0.answer(payment) }.joined(separator: ",")))"
    }
}

/// What one service asks of another, and whether that may be asked twice.
enum CallKind: String, CaseIterable, Sendable {
    /// GET.
    case read
    /// POST: never to be repeated once it may have arrived.
    case write
    /// POST with the idempotency key that the route names.
    case keyed
    /// POST on routes that forward nothing unrecorded.
    case strict
    /// A gRPC call, of which the same holds as of a POST.
    case rpc
    /// A gRPC call with the idempotency key.
    case keyedRPC = "keyed-rpc"

    var method: String { self == .read ? "GET" : "POST" }
    var hasKey: Bool { self == .keyed || self == .keyedRPC }
    var mayRepeat: Bool { self == .read || hasKey }
    var isRPC: Bool { self == .rpc || self == .keyedRPC }
    /// Of a gRPC call the service is the kind, and the method the call.
    var pathTemplate: String { "/\(rawValue)/{call}" }
}

enum BankHeader {
    static let payment = "x-payment-id"
    static let idempotencyKey = "idempotency-key"
    static let bodyBytes = "x-body-bytes"
    static let trace = "traceparent"
    /// Of answers in the proxy's own name.
    static let flag = "x-waybill-response-flags"
}

import Telemetry

/// Where an attribute's value comes from.
enum AttributeSource: Sendable {
    case text(String)
    case number(Int64)
    case flag(Bool)
    /// Of the payment.
    case transaction, uetr, account, currency, scheme, amount
    /// Of the hop.
    case status, attempt, requestBytes, responseBytes, port, score, rows
}

/// One kind of span: its name and attributes in order.
struct SpanTemplate: Sendable {
    var service: PaymentService
    var name: String
    var kind: SpanKind
    var attributes: [(key: String, source: AttributeSource)]

    /// The server span that a service's proxy records for one request.
    static func server(_ service: PaymentService, _ method: String, _ route: String, from caller: String) -> Self {
        SpanTemplate(
            service: service, name: "\(method) \(route)", kind: .server,
            attributes: [
                ("http.request.method", .text(method)), ("http.route", .text(route)), ("url.scheme", .text("http")),
                ("server.address", .text(service.name)), ("server.port", .number(8080)), ("client.port", .port),
                ("http.request.size", .requestBytes), ("http.response.size", .responseBytes),
                ("http.response.status_code", .status), ("mesh.direction", .text("in")), ("mesh.peer", .text(caller)),
                ("mesh.mtls", .flag(true)), ("payment.transaction_id", .transaction), ("payment.scheme", .scheme),
                ("payment.amount", .amount), ("payment.currency", .currency),
            ])
    }

    /// The client span that a caller's proxy records for one attempt.
    static func client(_ service: PaymentService, _ method: String, _ route: String, to callee: PaymentService) -> Self
    {
        SpanTemplate(
            service: service, name: "\(method) \(callee.name)", kind: .client,
            attributes: [
                ("http.request.method", .text(method)), ("url.path", .text(route)), ("url.scheme", .text("http")),
                ("server.address", .text(callee.name)), ("server.port", .number(8080)),
                ("http.request.size", .requestBytes), ("http.response.size", .responseBytes),
                ("http.response.status_code", .status), ("http.request.resend_count", .attempt),
                ("mesh.direction", .text("out")), ("mesh.cluster", .text(callee.name)),
                ("mesh.peer", .text("bank/\(callee.name)")), ("mesh.mtls", .flag(true)),
                ("payment.transaction_id", .transaction), ("payment.scheme", .scheme),
            ])
    }

    static let score = SpanTemplate(
        service: .fraud, name: "score", kind: .internal,
        attributes: [
            ("code.function.name", .text("Scorer.score")), ("thread.name", .text("scorer-1")),
            ("fraud.model", .text("gbm-2026-09")), ("fraud.features", .number(184)), ("fraud.score", .score),
            ("fraud.threshold", .number(870)), ("fraud.rules", .number(37)), ("fraud.list", .text("eu-retail")),
            ("account.hash", .account), ("payment.transaction_id", .transaction), ("payment.uetr", .uetr),
            ("payment.scheme", .scheme), ("payment.amount", .amount), ("payment.currency", .currency),
            ("cache.hit", .flag(true)),
        ])

    static func database(_ operation: String, _ table: String) -> Self {
        SpanTemplate(
            service: .ledger, name: "\(operation) \(table)", kind: .client,
            attributes: [
                ("db.system.name", .text("postgresql")), ("db.namespace", .text("ledger")),
                ("db.operation.name", .text(operation)), ("db.collection.name", .text(table)),
                ("db.query.summary", .text("\(operation) \(table)")), ("db.response.returned_rows", .rows),
                ("server.address", .text("ledger-db-0")), ("server.port", .number(5432)), ("db.pool", .text("main")),
                ("thread.name", .text("pool-7")), ("ledger.book", .text("retail")), ("account.hash", .account),
                ("payment.transaction_id", .transaction), ("payment.uetr", .uetr), ("payment.amount", .amount),
                ("payment.currency", .currency),
            ])
    }

    static let publish = SpanTemplate(
        service: .notifications, name: "send payment-events", kind: .producer,
        attributes: [
            ("messaging.system", .text("kafka")), ("messaging.operation.type", .text("send")),
            ("messaging.destination.name", .text("payment-events")), ("messaging.client.id", .text("notify-1")),
            ("messaging.message.body.size", .requestBytes), ("server.address", .text("kafka-2")),
            ("server.port", .number(9092)), ("thread.name", .text("producer-1")), ("event.type", .text("completed")),
            ("event.version", .number(3)), ("notify.channel", .text("push")), ("notify.locale", .text("de-DE")),
            ("account.hash", .account), ("payment.transaction_id", .transaction), ("payment.scheme", .scheme),
        ])
}

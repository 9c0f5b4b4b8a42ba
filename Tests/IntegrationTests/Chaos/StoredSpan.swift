import Telemetry

/// A span of one of the bank's proxies, as the collector gives it back.
struct StoredSpan {
    var id: SpanID
    var parent: SpanID
    var service: BankService
    var isServer: Bool
    var call: String
    var attempt: Int?
    /// Of a gRPC call in HTTP's terms.
    var status: Int?
    var flags: [Substring]
    var fault: String?
    /// Why it failed.
    var sentence: String

    /// `nil` for a span that is none of the bank's.
    init?(_ span: Telemetry.Span) {
        func text(_ key: String) -> String? { span.attributes.first(key)?.text }
        guard let service = BankService(rawValue: span.resource.serviceName), let path = text("url.path"),
            let call = path.split(separator: "/").last
        else { return nil }
        id = span.spanID
        parent = span.parentSpanID
        self.service = service
        isServer = span.kind == .server
        self.call = String(call)
        attempt = text("waybill.attempt").flatMap { Int($0) }
        status =
            text("rpc.grpc.status_code").flatMap { Int($0) }.map(BankRPC.status)
            ?? text("http.response.status_code").flatMap { Int($0) }
        sentence = span.status.message
        flags = (text("waybill.response_flags") ?? "").split(separator: ",")
        fault = text("waybill.fault")
    }

    var isInjected: Bool { flags.contains("FI") || flags.contains("DI") }
}

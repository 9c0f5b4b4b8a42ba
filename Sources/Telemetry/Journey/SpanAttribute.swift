/// The attributes that a journey reads from spans: what the mesh's proxies write, and the semantic conventions' names,
/// old and new, that others write.
public enum SpanAttribute {
    /// The recording side's verified identity (a SPIFFE id).
    public static let principal = "waybill.principal"
    /// The other side's verified identity.
    public static let peerPrincipal = "waybill.peer.principal"
    /// Which attempt a client span is, from 1.
    public static let attempt = "waybill.attempt"
    /// `true` where the other side has said that it did not look at the request (HTTP/2: REFUSED_STREAM, GOAWAY).
    public static let unprocessed = "waybill.attempt.unprocessed"
    /// What the mesh's policy decided.
    public static let decision = "waybill.policy.decision"
    /// The rule by which it did, and the revision of the rules.
    static let rule = "waybill.policy.rule"
    static let revision = "waybill.policy.revision"
    /// Envoy's short codes for what a proxy met.
    public static let responseFlags = "waybill.response_flags"
    static let envoyResponseFlags = "response_flags"
    static let resendCount = "http.request.resend_count"
    static let route = "http.route"
    static let httpStatus = ["http.response.status_code", "http.status_code"]
    static let grpcStatus = ["rpc.grpc.status_code", "grpc.status_code"]
    static let errorType = "error.type"
    static let peerService = "peer.service"
    static let peerAddress = [
        "server.address", "upstream_cluster", "waybill.cluster", "net.peer.name", "messaging.system", "db.system",
    ]
    static let serviceInstance = "service.instance.id"
}

extension [Attribute] {
    /// The text of the first attribute named `key`; `nil` when it is missing or empty.
    func text(_ key: String) -> String? {
        guard let value = first(key)?.text, !value.isEmpty else { return nil }
        return value
    }

    func text(_ keys: [String]) -> String? {
        for key in keys { if let value = text(key) { return value } }
        return nil
    }

    /// A whole number, also where it came as text: some exporters write status codes so.
    func number(_ key: String) -> Int? {
        switch first(key) {
        case .int(let value): Int(value)
        case .string(let value): Int(value)
        default: nil
        }
    }

    func number(_ keys: [String]) -> Int? {
        for key in keys { if let value = number(key) { return value } }
        return nil
    }
}

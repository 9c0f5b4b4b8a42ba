/// What the OTLP/HTTP listener takes, by path.
enum ReceiverRoute: String, CaseIterable {
    case traces = "/v1/traces"
    case metrics = "/v1/metrics"
    case logs = "/v1/logs"
    case zipkin = "/api/v2/spans"

    /// The route of a request target, its query aside.
    init?(target: String) { self.init(rawValue: String(target.prefix { $0 != "?" })) }

    /// What is sent there.
    var content: String {
        switch self {
        case .traces: "Traces"
        case .metrics: "Metrics"
        case .logs: "Logs"
        case .zipkin: "Zipkin's spans"
        }
    }

    /// What a sender of this `Content-Type` reads, whether or not the route takes it.
    func answers(contentType: String?) -> ReceiverEncoding {
        encoding(contentType: contentType) ?? (self == .zipkin ? .plain : .of(contentType: contentType))
    }

    /// How a body of this `Content-Type` is encoded; `nil` where the route does not take it.
    func encoding(contentType: String?) -> ReceiverEncoding? {
        let encoding = ReceiverEncoding(contentType: contentType)
        switch self {
        case .zipkin: return contentType == nil || encoding == .json ? .plain : nil
        case .traces, .metrics, .logs: return encoding
        }
    }

    /// What to say to a sender of another type.
    var encodings: String {
        self == .zipkin
            ? "Zipkin's spans are taken as application/json, version 2."
            : "\(content) are taken as application/x-protobuf or application/json; set the exporter's protocol to "
                + "http/protobuf or http/json."
    }
}

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

    /// How a body of this `Content-Type` is encoded; `nil` where the route does not take it. Parameters of the type, as
    /// `charset`, say nothing about either encoding: JSON is UTF-8.
    func encoding(contentType: String?) -> ReceiverEncoding? {
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        switch (self, type) {
        case (.zipkin, nil), (.zipkin, "application/json"): return .plain
        case (.zipkin, _): return nil
        case (_, "application/x-protobuf"), (_, "application/protobuf"): return .protobuf
        case (_, "application/json"): return .json
        default: return nil
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

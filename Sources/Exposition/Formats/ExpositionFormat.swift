/// How metrics are written for a scraper.
public enum ExpositionFormat: Sendable, Hashable, CaseIterable {
    /// Prometheus' text format, version 0.0.4.
    case text
    /// OpenMetrics 1.0.0.
    case openMetrics
    /// `io.prometheus.client.MetricFamily` messages, each after its length.
    case protobuf

    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .protobuf:
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        }
    }

    /// Appends the families to `output`.
    public func write(_ families: [MetricFamily], to output: inout [UInt8]) {
        switch self {
        case .text: PrometheusText.write(families, to: &output)
        case .openMetrics: OpenMetricsText.write(families, to: &output)
        case .protobuf: PrometheusProtobuf.write(families, to: &output)
        }
    }

    /// The format that an `Accept` header likes best, of equals the one it names first; text where it names none, as
    /// Prometheus' own libraries do.
    public static func negotiate(accept: String?) -> ExpositionFormat {
        var best = (format: ExpositionFormat.text, quality: 0.0)
        for range in AcceptRange.parse(accept ?? "") where range.quality > best.quality {
            if let format = format(of: range) { best = (format, range.quality) }
        }
        return best.format
    }

    /// Whether an `Accept-Encoding` header takes gzip.
    public static func acceptsGzip(_ header: String?) -> Bool {
        let ranges = AcceptRange.parse(header ?? "")
        let named = ranges.first { $0.name == "gzip" || $0.name == "x-gzip" } ?? ranges.first { $0.name == "*" }
        return named.map { $0.quality > 0 } ?? false
    }

    private static func format(of range: AcceptRange) -> ExpositionFormat? {
        let version = range.parameters["version"]
        switch range.name {
        case "application/vnd.google.protobuf":
            let isFamily = range.parameters["proto"] == "io.prometheus.client.MetricFamily"
            return isFamily && range.parameters["encoding"] == "delimited" ? .protobuf : nil
        case "application/openmetrics-text": return version == nil || version == "1.0.0" ? .openMetrics : nil
        case "text/plain": return version == nil || version == "0.0.4" ? .text : nil
        case "text/*", "*/*": return .text
        default: return nil
        }
    }
}

import Exposition
import Telemetry

/// Spans for the metrics made of them, and those metrics as a dictionary.
enum SpanSamples {
    static func span(
        trace: UInt64, span: UInt64, parent: UInt64 = 0, service: String? = "a", name: String = "op", kind: Int32 = 1,
        status: Int32 = 0, duration: UInt64 = 1_000_000, attributes: [Attribute] = []
    ) -> Span {
        Span(
            traceID: TraceID(high: 0, low: trace), spanID: SpanID(span), parentSpanID: SpanID(parent), name: name,
            kind: SpanKind(rawValue: kind), startNanoseconds: 1_000, endNanoseconds: 1_000 &+ duration,
            attributes: attributes, status: SpanStatus(code: status),
            resource: Resource(attributes: service.map { [Attribute("service.name", .string($0))] } ?? []))
    }

    /// `name{label=value,…}` and its value, for every line of a text page.
    static func values(_ metrics: SpanMetrics) -> [String: Double] { values(metrics.collect()) }

    static func values(_ families: [MetricFamily]) -> [String: Double] {
        var values: [String: Double] = [:]
        for family in families {
            for sample in family.samples {
                let labels = sample.labels.map { "\($0.name)=\($0.value)" }
                func put(_ name: String, _ value: Double, _ more: [String] = []) {
                    let text = (labels + more).joined(separator: ",")
                    values[text.isEmpty ? name : "\(name){\(text)}"] = value
                }
                switch sample.value {
                case .number(let number): put(family.name, number)
                case .summary(let summary): put(family.name + "_count", Double(summary.count))
                case .histogram(let classic, let native):
                    var total = 0.0
                    for (bound, count) in zip(classic?.bounds ?? [], classic?.counts ?? []) {
                        total += Double(count)
                        put(family.name + "_bucket", total, ["le=\(bound)"])
                    }
                    put(family.name + "_sum", classic?.sum ?? native?.sum ?? .nan)
                    put(family.name + "_count", Double(classic?.count ?? native?.count ?? 0))
                }
            }
        }
        return values
    }
}

import Telemetry

/// Writes what `/api/metrics/query_range` and `/api/metrics/query` answer.
///
/// Source: grafana/tempo `tempo.proto`, `QueryRangeResponse` and `QueryInstantResponse`, in protobuf's JSON mapping.
public struct TempoSeries: Sendable {
    public struct Sample: Sendable, Hashable {
        public var milliseconds: Int64
        public var value: Double

        public init(milliseconds: Int64, value: Double) {
            self.milliseconds = milliseconds
            self.value = value
        }
    }

    public struct Exemplar: Sendable, Hashable {
        /// With `trace:id` among them, by which Grafana finds the trace.
        public var labels: [Attribute]
        public var milliseconds: Int64
        public var value: Double

        public init(labels: [Attribute], milliseconds: Int64, value: Double) {
            self.labels = labels
            self.milliseconds = milliseconds
            self.value = value
        }
    }

    public var labels: [Attribute]
    public var samples: [Sample]
    public var exemplars: [Exemplar]

    public init(labels: [Attribute], samples: [Sample], exemplars: [Exemplar] = []) {
        self.labels = labels
        self.samples = samples
        self.exemplars = exemplars
    }

    /// - Parameter missing: why there may be more; `nil` when this is all.
    public static func range(_ series: [TempoSeries], figures: TempoFigures, missing: String?) -> [UInt8] {
        let samples = series.reduce(0) { $0 + $1.samples.count + 4 * $1.exemplars.count }
        return answer(series, figures, missing, reserving: 256 + 64 * samples) { series, json in
            json.list("samples", series.samples) { sample, json in
                json.beginObject()
                json.key("timestampMs")
                json.quoted(sample.milliseconds)
                json.key("value")
                json.number(sample.value)
                json.endObject()
            }
            if series.exemplars.isEmpty { return }
            json.list("exemplars", series.exemplars) { exemplar, json in
                json.beginObject()
                TempoLabels.write(exemplar.labels, "labels", to: &json)
                json.key("value")
                json.number(exemplar.value)
                json.key("timestampMs")
                json.quoted(exemplar.milliseconds)
                json.endObject()
            }
        }
    }

    /// One value a series: its last.
    public static func instant(_ series: [TempoSeries], figures: TempoFigures, missing: String?) -> [UInt8] {
        let withValue = series.filter { !$0.samples.isEmpty }
        return answer(withValue, figures, missing, reserving: 256 + 128 * series.count) { series, json in
            json.key("value")
            json.number(series.samples.last?.value ?? .nan)
        }
    }

    private static func answer(
        _ series: [TempoSeries], _ figures: TempoFigures, _ missing: String?, reserving bytes: Int,
        _ values: (TempoSeries, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(reserving: bytes)
        json.beginObject()
        json.list("series", series) { series, json in
            json.beginObject()
            TempoLabels.write(series.labels, "labels", to: &json)
            values(series, &json)
            json.endObject()
        }
        figures.write(to: &json)
        if let missing {
            json.add("status", "PARTIAL")
            json.add("message", missing)
        }
        json.endObject()
        return json.finish()
    }
}

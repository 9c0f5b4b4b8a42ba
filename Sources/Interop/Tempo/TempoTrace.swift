import Telemetry

/// Writes one trace as Tempo answers it.
///
/// Source: grafana/tempo `pkg/tempopb/tempo.proto`: `TraceByIDResponse { Trace trace = 1; TraceByIDMetrics metrics = 2;
/// PartialStatus status = 3; string message = 4; }`, `Trace { repeated ResourceSpans resourceSpans = 1; }`.
public enum TempoTrace {
    /// `TraceByIDResponse` (`/api/v2/traces/{id}`).
    ///
    /// - Parameter missing: why the trace may not be whole; `nil` when it is.
    public static func protobuf(_ spans: some Sequence<Span>, missing: String?) -> [UInt8] {
        let trace = OTLPTraceEncoder.encode(spans: spans)
        var writer = ProtobufWriter(reserving: trace.count + 64)
        trace.withUnsafeBytes { writer.bytes(1, $0) }
        // An empty message, which says that there is one.
        writer.bytes(2, UnsafeRawBufferPointer(start: nil, count: 0))
        if let missing {
            writer.varintField(3, 1)
            writer.stringField(4, missing)
        }
        return writer.finish()
    }

    /// The same in protobuf's JSON mapping: ids in base64, enums by name.
    public static func json(_ spans: some Sequence<Span>, missing: String?) -> [UInt8] {
        let batch = SpanBatch(spans)
        var json = JSONWriter(reserving: batch.memoryBytes * 3)
        json.beginObject()
        json.key("trace")
        OTLPJSON.write(batch, style: .protobuf, to: &json)
        json.key("metrics")
        json.beginObject()
        json.endObject()
        if let missing {
            json.add("status", "PARTIAL")
            json.add("message", missing)
        }
        json.endObject()
        return json.finish()
    }

    /// `Trace` (`/api/traces/{id}`), the bytes of OpenTelemetry's `TracesData`.
    public static func protobufV1(_ spans: some Sequence<Span>) -> [UInt8] { OTLPTraceEncoder.encode(spans: spans) }

    /// The same in JSON, where the list is called `batches`.
    public static func jsonV1(_ spans: some Sequence<Span>) -> [UInt8] {
        let batch = SpanBatch(spans)
        var json = JSONWriter(reserving: batch.memoryBytes * 3)
        OTLPJSON.write(batch, style: .protobuf, list: "batches", to: &json)
        return json.finish()
    }
}

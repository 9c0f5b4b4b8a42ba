import Telemetry

/// Reads an `ExportTraceServiceRequest` (or `TracesData`) in OTLP JSON into a `SpanBatch`: the same outcome, limits and
/// rejections as `OTLPTraceDecoder`.
///
/// Names stand in lowerCamelCase or snake_case; trace and span ids in hexadecimal; 64-bit integers in quotes or not;
/// enums as numbers or names; byte strings in base64. `null` is no value, unknown members are ignored, a member that
/// stands twice refuses the request.
/// Source: OTLP specification §JSON Protobuf Encoding; protobuf's JSON mapping for the rest.
public struct OTLPTraceJSONDecoder: Sendable {
    public let limits: OTLPLimits

    public init(limits: OTLPLimits = OTLPLimits()) {
        precondition(limits.maximumBytes <= Int(UInt32.max), "offsets into a request are 32 bits wide")
        self.limits = limits
    }

    /// Appends the request's spans to `batch`. When this throws, no row was added.
    public func decode(
        _ body: UnsafeRawBufferPointer, into batch: inout SpanBatch
    ) throws(OTLPError) -> OTLPDecodeOutcome {
        let document = JSONDocument(body: body, limits: limits)
        let base = try document.start()
        let mark = SpanBatchMark(batch)
        var request = TraceJSONDecoder(limits: limits, reader: JSONReader(base: base, count: body.count))
        defer { request.free() }
        do throws(DecodeFault) {
            try request.request(into: &batch)
        } catch {
            mark.restore(&batch)
            throw document.refusal(error, rejection: request.rejection, position: request.reader.position)
        }
        return OTLPDecodeOutcome(
            accepted: batch.count - mark.rows, rejected: request.rejected,
            firstRejection: request.firstRejection.map { document.sentence($0) })
    }
}

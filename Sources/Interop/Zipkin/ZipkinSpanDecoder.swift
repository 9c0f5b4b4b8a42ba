import Telemetry

/// Reads a list of Zipkin v2 spans in JSON into a `SpanBatch`, as OpenTelemetry's collector translates them:
///
/// | Zipkin | here |
/// |---|---|
/// | `traceId` of 16 digits or fewer | widened with zeros |
/// | `localEndpoint.serviceName` | resource attribute `service.name` |
/// | `localEndpoint` address, port | `network.local.address`, `net.host.port` |
/// | `remoteEndpoint` name, address, port | `peer.service`, `network.peer.address`, `net.peer.port` |
/// | `annotations` | events |
/// | `tags` | string attributes |
/// | tag `error` | status error; the tag stays when its value is not `true` |
/// | tags `otel.status_code`, `otel.status_description`, `w3c.tracestate`, `otel.scope.*`, `span.kind` | what they name |
/// | tags named as resource attributes of the semantic conventions | resource attributes |
/// | no `timestamp` | start zero and attribute `otel.zipkin.absentField.startTime` |
///
/// What that translation loses is kept: `shared` and `debug` as the attributes `zipkin.shared` and `zipkin.debug`, the
/// second address of an endpoint as `zipkin.localEndpoint.ipv4` or `zipkin.remoteEndpoint.ipv4`.
/// Outcome, limits and errors are those of the OTLP decoders.
public struct ZipkinSpanDecoder: Sendable {
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
        var request = ZipkinRequestDecoder(limits: limits, reader: JSONReader(base: base, count: body.count))
        defer { request.free() }
        do throws(DecodeFault) {
            try request.spans(into: &batch)
        } catch {
            mark.restore(&batch)
            throw document.refusal(error, rejection: request.rejection, position: request.reader.position)
        }
        return OTLPDecodeOutcome(
            accepted: batch.count - mark.rows, rejected: request.rejected,
            firstRejection: request.firstRejection.map { document.sentence($0) })
    }
}

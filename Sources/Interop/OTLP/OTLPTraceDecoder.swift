import Telemetry

/// Reads `ExportTraceServiceRequest` (the same bytes as `TracesData`) into a `SpanBatch`.
///
/// Written by hand: one pass over the bytes into columns, without a value per message. Unknown fields are skipped; a
/// repeated scalar's last value wins and repeated submessages merge, as protobuf defines. A field with another wire
/// type than its definition refuses the request, so that nothing a sender wrote is dropped unseen.
/// Layouts: opentelemetry-proto `trace/v1/trace.proto`, `common/v1/common.proto`, `resource/v1/resource.proto`.
public struct OTLPTraceDecoder: Sendable {
    public let limits: OTLPLimits

    public init(limits: OTLPLimits = OTLPLimits()) {
        precondition(limits.maximumBytes <= Int(UInt32.max), "offsets into a request are 32 bits wide")
        self.limits = limits
    }

    /// Appends the request's spans to `batch`. When this throws, no row was added.
    public mutating func decode(
        _ body: UnsafeRawBufferPointer, into batch: inout SpanBatch
    ) throws(OTLPError) -> OTLPDecodeOutcome {
        guard body.count <= limits.maximumBytes else {
            throw OTLPError(
                code: .limitExceeded, path: "", offset: limits.maximumBytes,
                reason: "the request has \(body.count) bytes, the limit inflatedBytes is \(limits.maximumBytes)")
        }
        guard let base = body.baseAddress else { return OTLPDecodeOutcome() }
        let mark = SpanBatchMark(batch)
        var request = TraceRequestDecoder(
            limits: limits, reader: ProtobufReader(base: base, range: 0..<body.count))
        defer { request.free() }
        do throws(DecodeFault) {
            try request.request(into: &batch)
        } catch {
            mark.restore(&batch)
            throw refusal(error, request: request, body: body)
        }
        return OTLPDecodeOutcome(
            accepted: batch.count - mark.rows, rejected: request.rejected,
            firstRejection: request.firstRejection.map { sentence($0, body: body) })
    }

    private func sentence(_ rejection: OTLPRejection, body: UnsafeRawBufferPointer) -> String {
        let path = OTLPPath.path(to: rejection.offset, in: body)
        return "\(path), at byte \(rejection.offset): \(rejection.sentence(limits))"
    }

    private func refusal(
        _ fault: DecodeFault, request: TraceRequestDecoder, body: UnsafeRawBufferPointer
    ) -> OTLPError {
        if fault == .unusableResource, let rejection = request.rejection {
            return OTLPError(
                code: .limitExceeded, path: OTLPPath.path(to: rejection.offset, in: body), offset: rejection.offset,
                reason: rejection.sentence(limits))
        }
        let offset = request.reader.position
        return OTLPError(
            code: fault == .tooManySpans ? .limitExceeded : .malformed, path: OTLPPath.path(to: offset, in: body),
            offset: offset, reason: fault.sentence(limits))
    }
}

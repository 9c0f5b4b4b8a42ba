import Telemetry

/// Reads `ExportMetricsServiceRequest` (the same bytes as `MetricsData`) into values.
///
/// Unknown fields are skipped; a repeated scalar's last value wins, repeated submessages merge, as protobuf defines. A
/// field with another wire type than its definition refuses the request.
/// Layouts: opentelemetry-proto `metrics/v1/metrics.proto`.
public struct OTLPMetricsDecoder: Sendable {
    public let limits: OTLPMetricsLimits

    public init(limits: OTLPMetricsLimits = OTLPMetricsLimits()) { self.limits = limits }

    public func decode(_ body: UnsafeRawBufferPointer) throws(OTLPError) -> OTLPMetricsOutcome {
        guard body.count <= limits.maximumBytes else {
            throw OTLPError(
                code: .limitExceeded, path: "", offset: limits.maximumBytes,
                reason: "the request has \(body.count) bytes, the limit inflatedBytes is \(limits.maximumBytes)")
        }
        guard let base = body.baseAddress else { return OTLPMetricsOutcome() }
        var request = MetricsRequestDecoder(
            account: MetricsAccount(limits: limits), reader: ProtobufReader(base: base, range: 0..<body.count))
        let metrics: OTLPMetrics
        do throws(DecodeFault) {
            metrics = try request.request()
        } catch {
            throw refusal(error, request: request, body: body)
        }
        return request.account.outcome(metrics) { OTLPPath.path(to: $0, in: body, root: .metricsRequest) }
    }

    private func refusal(
        _ fault: DecodeFault, request: MetricsRequestDecoder, body: UnsafeRawBufferPointer
    ) -> OTLPError {
        let limit = request.account.limitSentence(fault)
        let offset = request.account.pending?.offset ?? request.reader.position
        return OTLPError(
            code: limit == nil ? .malformed : .limitExceeded,
            path: OTLPPath.path(to: offset, in: body, root: .metricsRequest), offset: offset,
            reason: limit ?? fault.sentence(OTLPLimits()))
    }
}

import Telemetry

/// Reads an `ExportMetricsServiceRequest` (or `MetricsData`) in OTLP JSON into values: the same outcome, limits and
/// rejections as `OTLPMetricsDecoder`, the same liberties as `OTLPTraceJSONDecoder`.
public struct OTLPMetricsJSONDecoder: Sendable {
    public let limits: OTLPMetricsLimits

    public init(limits: OTLPMetricsLimits = OTLPMetricsLimits()) { self.limits = limits }

    public func decode(_ body: UnsafeRawBufferPointer) throws(OTLPError) -> OTLPMetricsOutcome {
        let document = JSONDocument(body: body, limits: OTLPLimits(maximumBytes: limits.maximumBytes))
        let base = try document.start()
        var request = MetricsJSONDecoder(
            account: MetricsAccount(limits: limits), reader: JSONReader(base: base, count: body.count))
        defer { request.reader.free() }
        let metrics: OTLPMetrics
        do throws(DecodeFault) {
            metrics = try request.request()
        } catch {
            guard let limit = request.account.limitSentence(error) else {
                throw document.refusal(error, rejection: nil, position: request.reader.position)
            }
            let offset = request.account.pending?.offset ?? request.reader.position
            throw OTLPError(
                code: .limitExceeded, path: JSONPath.path(to: offset, in: body), offset: offset, reason: limit)
        }
        return request.account.outcome(metrics) { JSONPath.path(to: $0, in: body) }
    }
}

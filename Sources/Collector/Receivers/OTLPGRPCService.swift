import Interop
import NIOCore
import Telemetry
import Transport

/// OTLP/gRPC: `Export` of traces and metrics. Success is answered when what was sent is durable, not before.
final class OTLPGRPCService: GRPCService {
    private static let traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    private static let metricsMethod = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    private static let logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

    let encodings = [ContentCoding.gzip.rawValue, ContentCoding.deflate.rawValue]
    private let intake: TraceIntake
    private let metricReceiver: MetricReceiver
    private let tokens: BearerTokens
    private let bytes: RequestBytes
    private let format: TraceFormat
    private let metricFormat: MetricFormat
    private let metrics: CollectorMetrics

    init(
        intake: TraceIntake, metricReceiver: MetricReceiver, tokens: BearerTokens, bytes: RequestBytes,
        limits: CollectorConfiguration.Limits, metrics: CollectorMetrics
    ) {
        self.intake = intake
        self.metricReceiver = metricReceiver
        self.tokens = tokens
        self.bytes = bytes
        format = .otlpProtobuf(limits.otlp)
        metricFormat = .otlpProtobuf(limits.otlpMetrics)
        self.metrics = metrics
    }

    func admit(_ head: GRPCCallHead) throws(GRPCStatus) -> GRPCCaller {
        guard head.method == Self.traces || head.method == Self.metricsMethod else {
            throw counted(.path, unimplemented(head.method))
        }
        let name = tokens.name(authorization: head.authorization) ?? head.peer.identity?.description
        if !tokens.isEmpty, name == nil {
            throw counted(
                .token,
                GRPCStatus(.unauthenticated, "This listener wants a bearer token in the authorization metadata."))
        }
        if let refusal = intake.refusalBeforeBody() { throw refusal.grpcStatus }
        return GRPCCaller(principal: name ?? "anonymous", account: name ?? head.peer.address)
    }

    func reserve(_ count: Int, for caller: GRPCCaller) -> GRPCStatus? {
        bytes.reserve(count, for: caller.account).map { intake.counted($0).grpcStatus }
    }

    func release(_ count: Int, for caller: GRPCCaller) { bytes.release(count, for: caller.account) }

    func respond(to request: GRPCRequest, reply: @escaping @Sendable (GRPCReply) -> Void) {
        let coding = ContentCoding(field: request.encoding) ?? .identity
        if request.head.method == Self.metricsMethod {
            let points = MetricRequest(
                door: .otlpGRPC, principal: request.caller.principal, format: metricFormat, coding: coding,
                body: request.message, isAbandoned: { request.cancellation.isCancelled })
            return metricReceiver.take(points) { result in
                switch result {
                case .success(let outcome):
                    reply(
                        .message(
                            OTLPResponse.metricsExport(
                                rejectedPoints: outcome.rejected, message: outcome.firstRejection ?? "")))
                case .failure(let refusal): reply(.status(refusal.grpcStatus))
                }
            }
        }
        let spans = TraceRequest(
            door: .otlpGRPC, principal: request.caller.principal, format: format, coding: coding, body: request.message,
            isAbandoned: { request.cancellation.isCancelled })
        intake.take(spans) { result in
            switch result {
            case .success(let outcome): reply(.message(OTLPResponse.traceExport(outcome)))
            case .failure(let refusal): reply(.status(refusal.grpcStatus))
            }
        }
    }

    func refused(_ status: GRPCStatus) { metrics.grpcRefused("\(status.code)") }

    private func unimplemented(_ method: String) -> GRPCStatus {
        switch method {
        case Self.logs:
            GRPCStatus(
                .unimplemented,
                "Waybill keeps traces and metrics, not logs; send logs elsewhere, or switch their exporter off.")
        default:
            GRPCStatus(
                .unimplemented,
                "There is no method \(method.prefix(100)) here; spans go to "
                    + "opentelemetry.proto.collector.trace.v1.TraceService/Export, metrics to "
                    + "opentelemetry.proto.collector.metrics.v1.MetricsService/Export.")
        }
    }

    private func counted(_ reason: CollectorMetrics.RefusalReason, _ status: GRPCStatus) -> GRPCStatus {
        metrics.refused(reason)
        return status
    }
}

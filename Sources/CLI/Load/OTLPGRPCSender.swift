import Interop
import NIOCore
import Synchronization
import Telemetry
import Transport
import Wire

/// Calls `TraceService/Export`, one request at a time; refusals that may be retried are, as the specification asks.
final class OTLPGRPCSender: LoadSender {
    private static let method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    /// OTLP specification §OTLP/gRPC Throttling; RESOURCE_EXHAUSTED only when the answer says how long to wait.
    private static let retryable: Set<GRPCCode> = [
        .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss,
    ]

    private let client: GRPCClient
    private let metadata: [(String, String)]
    private let patience: Duration
    private let meter: LoadMeter
    private let isCancelled = Atomic(false)

    init(
        endpoint: Exporter.Endpoint, token: String?, patience: Duration, meter: LoadMeter, group: any EventLoopGroup
    ) {
        client = GRPCClient(host: endpoint.host, port: endpoint.port, group: group)
        metadata = token.map { [("authorization", "Bearer \($0)")] } ?? []
        self.patience = patience
        self.meter = meter
    }

    func send(_ item: LoadItem) async throws {
        let start = ContinuousClock.now
        meter.sent(spans: item.spans.count)
        while !isCancelled.load(ordering: .relaxed) {
            let reply = await client.call(Self.method, item.request, metadata: metadata)
            meter.onWire(bytes: item.request.count)
            switch reply {
            case .message(let body): return meter.accepted(body, item, since: start)
            case .status(let status):
                let reason = "\(status.code): \(status.message)"
                guard Self.retryable.contains(status.code) || !status.details.isEmpty else {
                    return meter.refused(spans: item.spans.count, reason: reason)
                }
                meter.retried(reason)
            }
            if ContinuousClock.now - max(start, meter.snapshot.lastProgress) > patience { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func finish(patience: Duration) async { client.close() }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }
}

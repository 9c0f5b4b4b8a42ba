import Exposition
import Interop
import NIOCore
import NIOPosix
import Synchronization
import Wire

/// Sends everything a source has, and waits until it is acknowledged.
struct LoadRun: Sendable {
    enum Door: Sendable {
        case wire(Exporter.Endpoint)
        case otlpHTTP(url: String)
        case otlpGRPC(Exporter.Endpoint)

        var name: String {
            switch self {
            case .wire(let endpoint): "wire \(endpoint.host):\(endpoint.port)"
            case .otlpHTTP(let url): "otlp-http \(url)"
            case .otlpGRPC(let endpoint): "otlp-grpc \(endpoint.host):\(endpoint.port)"
            }
        }
    }

    var door: Door
    var concurrency: Int
    /// Batches on their way at once, on each wire connection.
    var window: Int
    var rate: Int
    var patience: Duration
    var token: String?
    var metricsURL: String?
    var seed: UInt64

    /// A source that several senders take from.
    private final class Shared: Sendable {
        private let source: Mutex<any LoadSource>
        private let isStopped = Atomic(false)

        init(_ source: sending any LoadSource) { self.source = Mutex(source) }

        func next() throws -> LoadItem? {
            if isStopped.load(ordering: .relaxed) { return nil }
            return try source.withLock { try $0.next() }
        }

        func stop() { isStopped.store(true, ordering: .relaxed) }
    }

    func run(_ source: sending any LoadSource, meter: LoadMeter, stop: @escaping @Sendable () async -> Void)
        async throws
        -> LoadReport
    {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(concurrency, 2))
        let shared = Shared(source)
        let senders = try (0..<concurrency).map { try makeSender($0, meter: meter, group: group) }
        let collectorBefore = try await collectorCPU(group)
        let ownBefore = ProcessMetrics.cpuSeconds()
        let start = ContinuousClock.now
        let stopper = Task {
            await stop()
            shared.stop()
        }
        let watchdog = Task { await watch(meter, since: start, shared: shared, senders: senders) }
        try await send(from: shared, through: senders)
        let wall = (ContinuousClock.now - start) / .seconds(1)
        watchdog.cancel()
        stopper.cancel()
        var collector: Double?
        if let before = collectorBefore, let after = try await collectorCPU(group), after >= before {
            collector = after - before
        }
        let report = LoadReport(
            totals: meter.snapshot, wallSeconds: wall, ownCPUSeconds: ProcessMetrics.cpuSeconds() - ownBefore,
            collectorCPUSeconds: collector, seed: seed, doorName: door.name)
        try await group.shutdownGracefully()
        return report
    }

    private func makeSender(
        _ index: Int, meter: LoadMeter, group: any EventLoopGroup
    ) throws -> any LoadSender {
        switch door {
        case .wire(let endpoint):
            return try WireSender(
                endpoint: endpoint, instance: "waybill-load-\(index)", window: window, meter: meter, group: group)
        case .otlpHTTP(let url):
            return OTLPSender(url: url, token: token, patience: patience, meter: meter, group: group)
        case .otlpGRPC(let endpoint):
            return OTLPGRPCSender(endpoint: endpoint, token: token, patience: patience, meter: meter, group: group)
        }
    }

    private func send(from shared: Shared, through senders: [any LoadSender]) async throws {
        let pacer = LoadPacer(rate: rate)
        var needsRequest = true
        if case .wire = door { needsRequest = false }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in senders {
                group.addTask { [needsRequest] in
                    while var item = try shared.next() {
                        if needsRequest { item.request = OTLPTraceEncoder.encode(item.spans) }
                        try await pacer.wait(spans: item.spans.count)
                        try await sender.send(item)
                    }
                    await sender.finish(patience: patience)
                }
            }
            try await group.waitForAll()
        }
    }

    /// Gives up when spans are outstanding and nothing has moved for `patience`.
    private func watch(
        _ meter: LoadMeter, since start: ContinuousClock.Instant, shared: Shared, senders: [any LoadSender]
    ) async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                return
            }
            let totals = meter.snapshot
            let outstanding = totals.sentSpans - totals.acknowledgedSpans - totals.refusedSpans
            if outstanding > 0, ContinuousClock.now - max(start, totals.lastProgress) > patience {
                shared.stop()
                for sender in senders { sender.cancel() }
                return
            }
        }
    }

    private func collectorCPU(_ group: any EventLoopGroup) async throws -> Double? {
        guard let metricsURL else { return nil }
        return try await CollectorCPU.seconds(url: metricsURL, token: token, group: group)
    }
}

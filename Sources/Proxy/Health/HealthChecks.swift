import Mesh
import NIOCore
import NIOPosix
import Transport

/// The active checks of one cluster, made by one worker for all.
final class HealthChecks {
    private let settings: HealthCheck
    private unowned let pool: ClusterPool
    private unowned let worker: Worker
    private let rule: PeerRule?
    private var verdicts: [HealthVerdict]
    private var timers: [Scheduled<Void>?]
    private var isStopped = false

    init(_ settings: HealthCheck, pool: ClusterPool, worker: Worker, rule: PeerRule?) {
        self.settings = settings
        self.pool = pool
        self.worker = worker
        self.rule = rule
        verdicts = pool.endpoints.map { _ in HealthVerdict() }
        timers = pool.endpoints.map { _ in nil }
    }

    /// Checks begin at once, spread over a tenth of the interval.
    func start() {
        for endpoint in verdicts.indices {
            schedule(endpoint, milliseconds: worker.random.index(below: max(1, settings.intervalMilliseconds / 10)))
        }
    }

    func stop() {
        isStopped = true
        for timer in timers { timer?.cancel() }
        timers = timers.map { _ in nil }
    }

    private func schedule(_ endpoint: Int, milliseconds: Int) {
        guard !isStopped else { return }
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        timers[endpoint] = worker.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            bound.value.probe(endpoint)
        }
    }

    private func probe(_ endpoint: Int) {
        let address = pool.endpoints[endpoint].endpoint.description
        let report = { [self] passed in finished(endpoint, passed: passed) }
        switch settings.kind {
        case .http, .tcp:
            let probe = HealthProbe(
                worker: worker, settings: settings, address: address, isSecure: rule != nil, report: report)
            connect(probe, to: endpoint, .http1)
        case .grpc:
            let probe = GRPCHealthProbe(
                worker: worker, settings: settings, address: address, isSecure: rule != nil, report: report)
            connect(probe, to: endpoint, .http2)
        }
    }

    private func connect<Probe: EndpointProbe>(_ probe: Probe, to endpoint: Int, _ version: HTTPProtocol) {
        let target = pool.endpoints[endpoint]
        let bound = NIOLoopBound(probe, eventLoop: worker.eventLoop)
        let credentials = worker.credentials
        let rule = rule
        let bootstrap = ClientBootstrap(group: worker.eventLoop).from(pool.cluster.sourceAddress)
            .connectTimeout(.milliseconds(Int64(settings.timeoutMilliseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = credentials.client(version), let rule {
                        try channel.pipeline.syncOperations.addHandlers(
                            TLS.clientHandlers(context: tls, verifying: rule, revoked: credentials.revoked))
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let future =
            if let address = target.address {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: target.endpoint.host, port: target.endpoint.port)
            }
        future.whenFailure { _ in bound.value.conclude(passed: false) }
    }

    private func finished(_ endpoint: Int, passed: Bool) {
        guard !isStopped else { return }
        pool.series.checked(passed: passed)
        if verdicts[endpoint].add(passed: passed, settings) {
            pool.health.set(endpoint, healthy: verdicts[endpoint].isHealthy)
        }
        schedule(endpoint, milliseconds: settings.intervalMilliseconds)
    }
}

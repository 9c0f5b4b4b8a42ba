import Mesh
import Transport

/// The upstream connections of one worker to one cluster. Never shared between event loops.
final class ClusterPool {
    let cluster: Cluster
    let index: Int
    unowned let worker: Worker
    let rule: PeerRule?
    /// This worker's share of the cluster's ceilings.
    let maximumConnections: Int
    private let maximumPending: Int
    let maximumRequests: Int
    let maximumRetries: Int
    var endpoints: [EndpointPool]
    private(set) var pending: [PendingRequest] = []
    var isRetired = false

    // Which endpoint is picked.
    var loads: [EndpointLoad]
    private(set) var balancers: [Balancer] = []
    private var subsets: [EndpointLabels] = []
    var availabilityRevision = 0
    let health: HealthBoard
    var healthRevision = 0
    var outliers: OutlierDetector?
    var nextSweep: UInt64 = 0

    // How the cluster is spared.
    var activeRequests = 0
    var activeRetries = 0
    var breaker: BreakerState?
    var limit: ConcurrencyLimit?
    let series: ClusterSeries
    var report: ClusterReport
    private var checks: HealthChecks?
    /// Whether anyone wants to know how long answers take.
    let wantsLatency: Bool

    convenience init(_ cluster: Cluster, index: Int, worker: Worker, setup: ProxySetup) {
        self.init(
            cluster, index: index, rule: setup.clusterRules[index], health: setup.health[index], worker: worker,
            setup: setup)
    }

    /// A cluster that no configuration names: plain connections to where someone wanted to go.
    convenience init(passingThrough cluster: Cluster, worker: Worker, setup: ProxySetup) {
        self.init(
            cluster, index: -1, rule: nil, health: HealthBoard(endpoints: cluster.endpoints.count), worker: worker,
            setup: setup)
    }

    private init(
        _ cluster: Cluster, index: Int, rule: PeerRule?, health: HealthBoard, worker: Worker, setup: ProxySetup
    ) {
        self.cluster = cluster
        self.index = index
        self.worker = worker
        self.rule = rule
        self.health = health
        maximumConnections = max(1, (cluster.maximumConnections + setup.workers - 1) / setup.workers)
        maximumPending = (cluster.maximumPendingRequests + setup.workers - 1) / setup.workers
        maximumRequests = (cluster.maximumRequests + setup.workers - 1) / setup.workers
        maximumRetries = (cluster.maximumRetries + setup.workers - 1) / setup.workers
        endpoints = cluster.endpoints.map { EndpointPool($0.address) }
        let locality = cluster.loadBalancing.locality
        loads = cluster.endpoints.map {
            EndpointLoad(weight: $0.weight, isLocal: locality == nil || $0.locality == locality)
        }
        let now = Clock.monotonic()
        outliers = cluster.outlierDetection.map {
            OutlierDetector($0, endpoints: cluster.endpoints.count, now: now)
        }
        breaker = cluster.failureRateBreaker.map { BreakerState($0, now: now) }
        limit = cluster.loadShedding.map { ConcurrencyLimit($0, now: now) }
        wantsLatency = limit != nil || cluster.loadBalancing.policy == .peakEWMA
        series = ClusterSeries(registry: worker.registry, cluster: cluster.name, worker: worker.index)
        report = ClusterReport(cluster, worker: worker.index, of: setup.workers, log: setup.log)
    }

    /// The first worker checks for all of them.
    func startChecks() {
        guard let settings = cluster.healthCheck, worker.index == 0 else { return }
        let checks = HealthChecks(settings, pool: self, worker: worker, rule: rule)
        self.checks = checks
        checks.start()
    }

    func stop() { checks?.stop() }

    /// The balancer for the endpoints with these labels; made at the first asking.
    func balancer(for subset: EndpointLabels) -> Int {
        if let index = subsets.firstIndex(of: subset) { return index }
        subsets.append(subset)
        // Workers must not all start with the same endpoint.
        let cursor = worker.random.index(below: max(1, endpoints.count))
        balancers.append(
            Balancer(cluster.loadBalancing, endpoints: cluster.endpoints, subset: subset, cursor: cursor))
        return balancers.count - 1
    }

    var openConnections: Int { endpoints.reduce(0) { $0 + $1.open } }
    var idleConnections: Int { endpoints.reduce(0) { $0 + $1.idle.count } }
    var pendingRequests: Int { pending.count }

    /// Finds a connection for `exchange`, which is told now or later.
    ///
    /// - Parameters:
    ///   - fresh: A kept connection will not do.
    ///   - avoiding: An endpoint that has just failed; taken only when there is no other.
    func acquire(for exchange: Exchange, _ wanted: Destination, hash: UInt64?, fresh: Bool, avoiding: Int?) {
        switch breaker?.admit(now: Clock.monotonic()) {
        case .refused:
            let sentence = "too many of the recent requests to \(cluster.name) failed: its breaker is open"
            exchange.attemptFailed(
                UpstreamFailure(flag: .breakerOpen, sentence: sentence, mayHaveArrived: false))
            return
        case .probe: exchange.attempt?.isProbe = true
        case .admitted, nil: break
        }
        place(exchange, wanted, hash: hash, fresh: fresh, avoiding: avoiding)
    }

    /// The same for an exchange that the breaker has admitted.
    func place(_ exchange: Exchange, _ wanted: Destination, hash: UInt64?, fresh: Bool, avoiding: Int?) {
        let now = Clock.monotonic()
        refreshAvailability(now: now)
        let request = PendingRequest(exchange: exchange, balancer: wanted.balancer)
        guard let first = pick(from: wanted.balancer, hash, avoiding, now) else {
            exchange.attemptFailed(
                UpstreamFailure(
                    flag: .noHealthyUpstream, sentence: "no endpoint of \(cluster.name) is available",
                    mayHaveArrived: false))
            return
        }
        if serve(request, from: first, fresh: fresh) { return }
        // That endpoint has all the connections it may have: any other will do.
        for endpoint in endpoints.indices
        where endpoint != first && endpoint != avoiding
            && offers(endpoint, from: wanted.balancer)
        {
            if serve(request, from: endpoint, fresh: fresh) { return }
        }
        if pending.count < maximumPending, request.exchange.tunnel?.isRaw != true {
            pending.append(request)
        } else {
            exchange.attemptFailed(
                UpstreamFailure(
                    flag: .upstreamOverflow,
                    sentence: "the cluster \(cluster.name) has no free connection and too many requests wait for one",
                    mayHaveArrived: false))
        }
    }

    func pick(from balancer: Int, _ hash: UInt64?, _ avoiding: Int?, _ now: UInt64) -> Int? {
        balancers[balancer].pick(
            loads, revision: availabilityRevision, hash: hash, avoiding: avoiding, now: now, random: &worker.random)
    }

    /// Whether the endpoint is one of those that the balancer may pick now.
    func offers(_ endpoint: Int, from balancer: Int) -> Bool { balancers[balancer].offers(endpoint) }

    /// Takes a kept connection or opens one; `false` when the endpoint has as many as it may.
    private func serve(_ request: PendingRequest, from endpoint: Int, fresh: Bool) -> Bool {
        if request.exchange.tunnel?.isRaw == true { return serveRaw(request, from: endpoint) }
        if let connection = endpoints[endpoint].take(fresh: fresh) {
            request.exchange.attached(connection)
            return true
        }
        if let opening = joinable(endpoint) {
            opening.join(request.exchange)
            request.exchange.connecting(opening)
            return true
        }
        if endpoints[endpoint].open < maximumConnections {
            connect(to: endpoint, for: request.exchange)
            return true
        }
        // A fresh connection may replace an idle one.
        guard fresh, let idle = endpoints[endpoint].idle.popLast() else { return false }
        idle.close()
        connect(to: endpoint, for: request.exchange)
        return true
    }

    /// Bytes without a request before them need a connection that has carried none.
    private func serveRaw(_ request: PendingRequest, from endpoint: Int) -> Bool {
        if endpoints[endpoint].open >= maximumConnections {
            guard let idle = endpoints[endpoint].idle.popLast() else { return false }
            idle.close()
        }
        connect(to: endpoint, for: request.exchange)
        return true
    }

    /// The first waiting request that may go to the endpoint.
    func nextPending(for endpoint: Int) -> Exchange? {
        guard let place = pending.firstIndex(where: { offers(endpoint, from: $0.balancer) }) else { return nil }
        return pending.remove(at: place).exchange
    }

    /// Forgets an exchange that waits.
    func cancel(_ exchange: Exchange) { pending.removeAll { $0.exchange === exchange } }
}

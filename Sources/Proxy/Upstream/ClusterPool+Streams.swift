import Mesh

/// Connections that belong to one stream each: they count against the same ceilings as those of requests, and the same
/// balancer picks their endpoints.
extension ClusterPool {
    enum StreamChoice {
        /// The connection counts until `streamClosed`; a probe finds out for the breaker whether the cluster works.
        case taken(endpoint: Int, isProbe: Bool)
        /// Every endpoint that could be taken has been tried, or the last try has opened the breaker.
        case exhausted
        case refused(UpstreamFailure)
    }

    /// - Parameter tried: Endpoints that could not be connected to, the last one last.
    func takeForStream(from balancer: Int, hash: UInt64?, avoiding tried: [Int]) -> StreamChoice {
        let now = Clock.monotonic()
        var isProbe = false
        switch breaker?.admit(now: now) {
        case .refused where !tried.isEmpty: return .exhausted
        case .refused:
            return refuse(
                .breakerOpen, "too many of the recent connections to \(cluster.name) failed: its breaker is open")
        case .probe: isProbe = true
        case .admitted, nil: break
        }
        refreshAvailability(now: now)
        guard let first = pick(from: balancer, hash, tried.last, now) else {
            if isProbe { breaker?.abandonProbe() }
            return refuse(.noHealthyUpstream, "no endpoint of \(cluster.name) is available")
        }
        let others = endpoints.indices.filter { $0 != first && offers($0, from: balancer) }
        let untried = ([first] + others).filter { !tried.contains($0) }
        if let endpoint = untried.first(where: { endpoints[$0].open < maximumConnections }) {
            endpoints[endpoint].open += 1
            loads[endpoint].active += 1
            return .taken(endpoint: endpoint, isProbe: isProbe)
        }
        if isProbe { breaker?.abandonProbe() }
        if untried.isEmpty { return .exhausted }
        return refuse(
            .upstreamOverflow, "every endpoint of the cluster \(cluster.name) has as many connections as it takes")
    }

    private func refuse(_ flag: ResponseFlag, _ sentence: String) -> StreamChoice {
        .refused(UpstreamFailure(flag: flag, sentence: sentence, mayHaveArrived: false))
    }

    /// - Parameter nanoseconds: From the attempt, the TLS handshake included: what is known of an endpoint's latency
    ///   when its bytes are not understood.
    func streamConnected(to endpoint: Int, nanoseconds: UInt64, isProbe: Bool) {
        let now = Clock.monotonic()
        if cluster.loadBalancing.policy == .peakEWMA {
            let decay = UInt64(cluster.loadBalancing.decayMilliseconds) * 1_000_000
            loads[endpoint].latency.observe(nanoseconds: nanoseconds, now: now, decay: decay)
        }
        if isProbe { breaker?.record(failed: false, wasProbe: true, now: now) }
    }

    func streamClosed(to endpoint: Int) {
        loads[endpoint].active -= 1
        forget(endpoint)
    }
}

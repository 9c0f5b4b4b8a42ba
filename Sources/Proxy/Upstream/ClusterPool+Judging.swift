import Mesh

/// What becomes of attempts, and what follows for the endpoints and the cluster.
extension ClusterPool {
    // MARK: Requests

    /// Why a request may not start, if so; else it counts until `requestEnded`.
    func requestBegins(isPayment: Bool) -> UpstreamFailure? {
        if activeRequests >= maximumRequests {
            return UpstreamFailure(
                flag: .upstreamOverflow,
                sentence: "as many requests to \(cluster.name) are under way as it takes", mayHaveArrived: false)
        }
        if limit?.admits(active: activeRequests, isPayment: isPayment) == false {
            return UpstreamFailure(
                flag: .overloaded,
                sentence:
                    "\(cluster.name) answers too slowly to take more than \(limit?.requests ?? 0) requests at once",
                mayHaveArrived: false)
        }
        activeRequests += 1
        return nil
    }

    func requestEnded(hadRetries: Bool) {
        activeRequests -= 1
        if hadRetries { activeRetries -= 1 }
    }

    /// Whether a request may be sent again; it then counts as a retry until it ends.
    func retryBegins(isCounted: Bool) -> Bool {
        if isCounted { return true }
        guard activeRetries < maximumRetries,
            cluster.retryBudget.allows(retries: activeRetries, requests: activeRequests)
        else {
            series.retriesRefused.increment()
            return false
        }
        activeRetries += 1
        return true
    }

    // MARK: Attempts

    func attemptMoved(from counted: Int?, to endpoint: Int) {
        if let counted { loads[counted].active -= 1 }
        loads[endpoint].active += 1
    }

    /// The response to an attempt began.
    func responded(_ endpoint: Int, nanoseconds: UInt64, now: UInt64) {
        if cluster.loadBalancing.policy == .peakEWMA {
            let decay = UInt64(cluster.loadBalancing.decayMilliseconds) * 1_000_000
            loads[endpoint].latency.observe(nanoseconds: nanoseconds, now: now, decay: decay)
        }
        limit?.observe(nanoseconds: nanoseconds, now: now)
    }

    /// - Parameter outcome: `nil` when the end says nothing of the endpoint.
    func attemptEnded(_ attempt: Attempt, _ outcome: RequestOutcome?) {
        if let endpoint = attempt.countedEndpoint {
            loads[endpoint].active -= 1
            if attempt.flag == .upstreamTimeout {
                responded(endpoint, nanoseconds: attempt.ended &- attempt.started, now: attempt.ended)
            }
        }
        judge(attempt.endpoint, outcome, isProbe: attempt.isProbe, at: attempt.ended)
    }

    /// - Parameter outcome: `nil` when it says nothing of the endpoint.
    func judge(_ endpoint: Int?, _ outcome: RequestOutcome?, isProbe: Bool, at now: UInt64) {
        guard let outcome else {
            if isProbe { breaker?.abandonProbe() }
            return
        }
        let phase = breaker?.phase
        breaker?.record(failed: outcome.failed, wasProbe: isProbe, now: now)
        if let phase, let after = breaker?.phase, after != phase { breakerMoved(from: phase, to: after, now) }
        if let endpoint, outliers?.record(outcome, of: endpoint, now: now) == true {
            series.ejections.increment()
            updateAvailability(now: now)
        }
    }

    private func breakerMoved(from before: BreakerState.Phase, to after: BreakerState.Phase, _ now: UInt64) {
        if after == .open { series.breakerOpenings.increment() }
        if let settings = cluster.failureRateBreaker { report.breaker(from: before, to: after, settings, now: now) }
    }

    // MARK: Availability

    /// Looks whether ejections are over, success rates have to be compared, or a health check has changed its mind.
    func refreshAvailability(now: UInt64) {
        var changed = health.revision != healthRevision
        if outliers != nil, now >= nextSweep {
            nextSweep = now.after(milliseconds: 20)
            let ejected = outliers?.ejections.successRate ?? 0
            if outliers?.sweep(now: now).isEmpty == false { changed = true }
            let more = (outliers?.ejections.successRate ?? 0) - ejected
            if more > 0 { series.ejections.increment(by: more) }
        }
        if changed { updateAvailability(now: now) }
    }

    private func updateAvailability(now: UInt64) {
        healthRevision = health.revision
        let healthy = health.healthy
        for endpoint in loads.indices {
            let ejection = outliers?.ejection(of: endpoint)
            let isAvailable = healthy[endpoint] && ejection == nil
            let name = endpoints[endpoint].endpoint
            report.endpoint(endpoint, name, passesChecks: healthy[endpoint], ejection, now: now)
            guard isAvailable != loads[endpoint].isAvailable else { continue }
            loads[endpoint].isAvailable = isAvailable
            loads[endpoint].returned = isAvailable ? now : 0
            if !isAvailable { closeIdle(endpoint) }
        }
        availabilityRevision += 1
    }

    func updateGauges() {
        // Without requests nobody else asks.
        let now = Clock.monotonic()
        refreshAvailability(now: now)
        let isPanicking = balancers.contains(where: \.isPanicking)
        report.panic(isPanicking, now: now)
        let available = loads.count { $0.isAvailable }
        series.available.set(available)
        series.unavailable.set(loads.count - available)
        series.panics.set(isPanicking ? 1 : 0)
        if let breaker { series.breakerIsOpen.set(breaker.phase == .closed ? 0 : 1) }
        if let limit { series.limit.set(limit.requests) }
    }
}

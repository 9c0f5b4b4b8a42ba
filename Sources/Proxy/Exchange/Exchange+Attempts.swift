import Mesh
import NIOCore

extension Exchange {
    // MARK: Attempts

    func startAttempt(fresh: Bool, avoiding: Int?) {
        guard let destination, phase != .finished else { return }
        phase = .waiting
        attemptCount += 1
        let now = attemptCount == 1 ? started : Clock.monotonic()
        attempt = Attempt(number: attemptCount, spanID: worker.spanIDs.next(), started: now)
        limitTry(from: now)
        isPending = true
        destination.pool.acquire(for: self, destination, hash: traffic.hash, fresh: fresh, avoiding: avoiding)
    }

    /// The connection that this waited for turned out to carry one request at a time.
    func acquireAgain() {
        opening = nil
        guard phase == .waiting, let destination else { return }
        isPending = true
        destination.pool.place(self, destination, hash: traffic.hash, fresh: false, avoiding: nil)
    }

    /// A connection is being opened for this exchange.
    func connecting(_ connection: OpeningConnection) {
        isPending = false
        opening = connection
        chose(connection.endpoint)
    }

    private func chose(_ endpoint: Int) {
        attempt?.endpoint = endpoint
        guard attempt?.countedEndpoint != endpoint else { return }
        destination?.pool.attemptMoved(from: attempt?.countedEndpoint, to: endpoint)
        attempt?.countedEndpoint = endpoint
    }

    /// A connection is ready for the current attempt.
    func attached(_ upstream: any Upstream) {
        opening = nil
        guard phase == .waiting else {
            upstream.giveBack()
            return
        }
        isPending = false
        self.upstream = upstream
        chose(upstream.endpoint)
        attempt?.principal = upstream.principal
        attempt?.version = upstream.version
        phase = .sending
        lastRequestByte = max(lastRequestByte, attempt?.started ?? 0)
        traffic.lastByte = lastRequestByte
        var edits = worker.takeEdits()
        editRequest(&edits)
        upstream.begin(self, edits)
        worker.giveBack(edits)
        if let replay, replay.readableBytes > 0 { upstream.sendContent(replay) }
        // A tunnel's client has not ended: it has not begun.
        if requestDone, tunnel == nil { upstream.sendEnd(trailers: requestTrailers) }
        downstream.resume()
    }

    /// The current attempt brought no response that can be passed on.
    func attemptFailed(_ failure: UpstreamFailure) {
        guard phase != .finished else { return }
        if worker.isFinishing {
            tunnel?.ends(by: .proxy)
            fail(.draining, 503, "the proxy shut down")
            return
        }
        isPending = false
        opening = nil
        if phase == .responding { tunnel?.ends(by: .upstream) }
        let avoiding = attempt?.endpoint
        let isRace =
            (failure.isKeepAliveRace && mayRepeat || failure.isUnprocessed) && phase == .sending && !hasRaced
            && canReplay && Clock.monotonic() < requestDeadline
        // A connection that was closed while it lay idle is no try at the service itself.
        attempt?.isUnprocessed = failure.isUnprocessed
        endAttempt(flag: failure.flag, sentence: failure.sentence, counts: !isRace)
        dropUpstream()
        if phase == .responding {
            abort(failure.flag, failure.sentence)
        } else if isRace {
            hasRaced = true
            worker.counters.keepAliveRaces.increment()
            startAttempt(fresh: true, avoiding: nil)
        } else if shouldRepeat(after: failure) {
            scheduleRetry(avoiding: avoiding)
        } else {
            if countedAttempts > 1 { addFlag(.upstreamRetryLimitExceeded) }
            let status =
                switch failure.flag {
                case .upstreamTimeout: 504
                case .upstreamOverflow, .upstreamConnectionFailure, .noHealthyUpstream, .breakerOpen: 503
                default: 502
                }
            answer(status, failure.flag, failure.sentence)
        }
    }

    private var canReplay: Bool { requestBytes == 0 || replay != nil }

    private func shouldRepeat(after failure: UpstreamFailure) -> Bool {
        guard let policy = route?.route.retries, attemptsRemain(policy), canReplay else { return false }
        let isCovered =
            switch failure.flag {
            case .upstreamConnectionFailure: policy.conditions.contains(.connectFailure)
            case .upstreamRemoteReset where failure.isUnprocessed: policy.conditions.contains(.refusedStream)
            case .upstreamConnectionTermination, .upstreamRemoteReset:
                mayRepeat && policy.conditions.contains(.resetBeforeResponse)
            case .upstreamTimeout:
                mayRepeat && (policy.covers(status: 504) || call != nil && policy.coversGRPC(status: 4))
            default: false
            }
        return isCovered && retryIsInBudget()
    }

    private func retryIsInBudget() -> Bool {
        guard destination?.pool.retryBegins(isCounted: traffic.isRetry) == true else {
            addFlag(.upstreamOverflow)
            return false
        }
        traffic.isRetry = true
        return true
    }

    private func attemptsRemain(_ policy: RetryPolicy) -> Bool {
        countedAttempts < policy.maximumAttempts && Clock.monotonic() < requestDeadline
    }

    /// Whether a response is set aside for another attempt.
    func shouldRepeat(after head: ResponseHead) -> Bool {
        guard let policy = route?.route.retries, asksForRetry(head, policy), mayRepeat, canReplay,
            countedAttempts + 1 < policy.maximumAttempts, Clock.monotonic() < requestDeadline
        else { return false }
        return retryIsInBudget()
    }

    /// By its status, or by the gRPC status of an answer without messages.
    func asksForRetry(_ head: ResponseHead, _ policy: RetryPolicy) -> Bool {
        if policy.covers(status: head.status) { return true }
        guard policy.coversGRPC, let code = attempt?.code else { return false }
        return policy.coversGRPC(status: Int(code.rawValue))
    }

    func scheduleRetry(avoiding: Int?) {
        guard let policy = route?.route.retries else { return }
        phase = .waiting
        worker.counters.retries.increment()
        let doublings = min(countedAttempts - 1, 16)
        let ceiling = min(policy.backoffMilliseconds << max(0, doublings), policy.maximumBackoffMilliseconds)
        let delay = ceiling == 0 ? 0 : worker.random.next(in: UInt64(ceiling) * 500...UInt64(ceiling) * 1_000)
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        backoff = worker.eventLoop.scheduleTask(in: .microseconds(Int64(delay))) {
            let exchange = bound.value
            exchange.backoff = nil
            exchange.startAttempt(fresh: false, avoiding: avoiding)
            exchange.worker.settle()
        }
    }

    func endAttempt(flag: ResponseFlag?, sentence: String = "", counts: Bool = true) {
        guard var finished = attempt else { return }
        attempt = nil
        finished.ended = Clock.monotonic()
        finished.flag = flag
        finished.sentence = sentence
        attempts.append(finished)
        destination?.pool.attemptEnded(finished, counts ? finished.outcome : nil)
        if counts { countedAttempts += 1 }
    }

    /// What the attempt says of its endpoint is known now, although it goes on.
    func judgeAttempt() {
        guard let attempt, let outcome = attempt.outcome else { return }
        destination?.pool.judge(attempt.endpoint, outcome, isProbe: attempt.isProbe, at: Clock.monotonic())
        self.attempt?.isProbe = false
        self.attempt?.isJudged = true
    }

    func dropUpstream() {
        if isPending {
            isPending = false
            destination?.pool.cancel(self)
        }
        if let opening {
            self.opening = nil
            opening.cancel(self)
        }
        let dropped = upstream
        upstream = nil
        dropped?.abandon()
    }
}

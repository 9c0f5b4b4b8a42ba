extension Exchange {
    // MARK: Time

    func check(now: UInt64) {
        guard phase != .finished, let route else { return }
        if let tunnel, tunnel.isOpen {
            checkTunnel(tunnel, now: now)
            return
        }
        if now >= requestDeadline {
            let milliseconds = (requestDeadline &- started) / 1_000_000
            if phase == .responding, !downstream.isWritable {
                fail(.downstreamTimeout, 408, "the client did not take the answer within \(milliseconds) ms")
            } else if awaitsClient {
                fail(.downstreamTimeout, 408, "the request was not complete within \(milliseconds) ms")
            } else {
                fail(
                    .upstreamTimeout, 504,
                    "\(clusterName) did not answer within \(milliseconds) ms")
            }
        } else if now >= tryDeadline, phase == .sending && !awaitsClient || phase == .waiting && opening != nil {
            attemptFailed(
                UpstreamFailure(
                    flag: .upstreamTimeout,
                    sentence: "\(clusterName) did not answer this try within "
                        + "\(route.route.perTryTimeoutMilliseconds ?? 0) ms",
                    mayHaveArrived: true))
        } else if let limit = route.route.idleTimeoutMilliseconds, phase == .sending || phase == .responding,
            now >= traffic.lastByte.after(milliseconds: limit)
        {
            fail(.streamIdleTimeout, 504, "no byte went either way for \(limit) ms")
        } else if awaitsClient,
            now >= lastRequestByte.after(milliseconds: downstream.limits.idleTimeoutMilliseconds)
        {
            fail(
                .downstreamTimeout, 408,
                "no byte of the request's body came for \(downstream.limits.idleTimeoutMilliseconds) ms")
        } else if downstream.limits.minimumBodyBytesPerSecond > 0, !requestDone, phase == .sending {
            checkPace(now: now)
        }
    }

    /// It is the client's turn: the upstream takes content, and has not got all of it. A client that waits for a 100
    /// sends nothing until the service has said it.
    private var awaitsClient: Bool {
        guard !requestDone, phase == .sending, upstream?.isWritable == true else { return false }
        return requestBytes > 0 || traffic.mayContinue || !downstream.head.expectsContinue
    }

    private func checkPace(now: UInt64) {
        let rate = downstream.limits.minimumBodyBytesPerSecond
        guard !traffic.pace.isKept(bytesPerSecond: rate, bytes: requestBytes, isBlocked: !awaitsClient, now: now) else {
            return
        }
        fail(.downstreamTimeout, 408, "the request's body came at less than \(rate) bytes a second")
    }

    var clusterName: String { destination?.pool.cluster.name ?? "" }

    func touchRequest() {
        lastRequestByte = Clock.monotonic()
        traffic.lastByte = lastRequestByte
    }

    /// A byte of the response went by; the clock is read only where someone wants to know.
    func touchResponse() {
        if route?.route.idleTimeoutMilliseconds != nil { traffic.lastByte = Clock.monotonic() }
    }

    func limitTry(from now: UInt64) {
        tryDeadline = route?.route.perTryTimeoutMilliseconds.map { now.after(milliseconds: $0) } ?? .max
    }

    func stopTryTimer() { tryDeadline = .max }

    /// Ends everything now: by an answer, or by breaking off one that has begun.
    func fail(_ flag: ResponseFlag, _ status: Int, _ sentence: String) {
        endAttempt(flag: flag, sentence: sentence)
        dropUpstream()
        if phase == .responding { abort(flag, sentence) } else { answer(status, flag, sentence) }
    }

    func bodyTooLarge() {
        fail(
            .requestTooLarge, 413,
            "the body is longer than the \(downstream.limits.maximumBodyBytes) bytes that are taken")
    }

    // MARK: Ending

    func addFlag(_ flag: ResponseFlag) { if !flags.contains(flag) { flags.append(flag) } }

    /// The client's side is gone.
    func downstreamClosed() {
        downstreamFailed(
            .downstreamConnectionTermination, "the client closed the connection before the answer was complete")
    }

    /// A side is not trusted any more, for a reason that follows "its certificate"; its connection is closed.
    func cutOff(_ side: Tunnel.Side, _ reason: String) {
        guard phase != .finished else { return }
        tunnel?.ends(by: .proxy)
        let sentence = "the \(side.rawValue)'s certificate \(reason)"
        if side == .client {
            downstreamFailed(.downstreamConnectionTermination, sentence)
        } else {
            attemptFailed(
                UpstreamFailure(flag: .upstreamConnectionTermination, sentence: sentence, mayHaveArrived: true))
        }
    }

    /// The client's side cannot take an answer any more, or wants none.
    func downstreamFailed(_ flag: ResponseFlag, _ sentence: String) {
        guard phase != .finished else { return }
        let isShutDown = worker.isFinishing && flag == .downstreamConnectionTermination
        let flag = isShutDown ? .draining : flag
        let sentence = isShutDown ? "the proxy shut down" : sentence
        tunnel?.ends(by: isShutDown ? .proxy : .client)
        addFlag(flag)
        self.sentence = sentence
        endAttempt(flag: flag, sentence: sentence)
        dropUpstream()
        finish()
    }

    /// Breaks off a response: the client must see that it is not complete.
    func abort(_ flag: ResponseFlag, _ sentence: String) {
        addFlag(flag)
        self.sentence = sentence
        if endCall(flag) { return }
        finish()
        downstream.abort()
    }

    /// Answers in the proxy's own name. Only before a response has begun.
    func answer(_ status: Int, _ flag: ResponseFlag, _ sentence: String, _ edits: HeadEdits = HeadEdits()) {
        addFlag(flag)
        self.sentence = sentence
        self.status = status
        call?.code = GRPCAnswer.code(status, flag)
        worker.counters.refused(flag)
        downstream.answer(ProxyAnswer(status: status, flag: flag, sentence: sentence, edits: edits))
        finish()
        downstream.exchangeEnded()
    }

    func finish() {
        guard phase != .finished else { return }
        phase = .finished
        ended = Clock.monotonic()
        backoff?.cancel()
        backoff = nil
        leaveCluster()
        tunnel?.close()
        if sample != nil { findTransactionsInSample(isWhole: false) }
        endMessageLook(requestIsWhole: false)
        if transactions.hasMissed { worker.counters.transactionsNotFound(transactions) }
        // How long a tunnel stays says nothing of how long the service takes to answer.
        let answered = tunnel.map { $0.isOpen ? $0.opened : ended } ?? ended
        series?.ended(
            status: status, code: code, nanoseconds: answered &- started, requestBytes: requestBytes,
            responseBytes: responseBytes)
        worker.recorder.record(self)
    }
}

import NIOCore

extension Exchange {
    /// Whether the client can take more of the response now.
    var downstreamTakesContent: Bool { downstream.isWritable && traffic.fault?.isThrottled != true }

    /// A client that does not read has as many held for it.
    static let maximumInterimResponses = 128

    /// 1xx: passed on to clients that know it; none of them is the answer.
    func interimResponse(_ head: ResponseHead) {
        guard phase == .sending else { return }
        traffic.interimResponses += 1
        guard traffic.interimResponses <= Self.maximumInterimResponses else {
            attemptFailed(
                UpstreamFailure(
                    flag: .upstreamProtocolError,
                    sentence: "\(clusterName) sent more than \(Self.maximumInterimResponses) interim answers",
                    mayHaveArrived: true))
            return
        }
        if head.status == 100 { traffic.mayContinue = true }
        downstream.sendInterim(head)
        // The client may have waited for it before sending its body.
        touchRequest()
    }

    /// The head of the answer.
    func response(_ head: ResponseHead) {
        attempt?.status = head.status
        readCode(head)
        stopTryTimer()
        touchResponse()
        if let pool = destination?.pool, pool.wantsLatency, let endpoint = attempt?.countedEndpoint {
            let now = Clock.monotonic()
            pool.responded(endpoint, nanoseconds: now &- (attempt?.started ?? now), now: now)
        }
        if let tunnel, answersTunnel(head, tunnel) { return }
        if shouldRepeat(after: head) {
            let avoiding = attempt?.endpoint
            let used = upstream
            endAttempt(flag: nil, sentence: "the upstream answered \(head.status)")
            upstream = nil
            if head.body == .none, requestDone { used?.finish(reusable: true) } else { used?.abandon() }
            scheduleRetry(avoiding: avoiding)
            return
        }
        forgetTunnel()
        if countedAttempts > 0, let policy = route?.route.retries, asksForRetry(head, policy) {
            addFlag(.upstreamRetryLimitExceeded)
        }
        // A long answer must not keep others from being tried: that it has begun is what a probe asks.
        if attempt?.isProbe == true { judgeAttempt() }
        replay = nil
        phase = .responding
        status = head.status
        var edits = worker.takeEdits()
        editResponse(&edits)
        downstream.sendHead(head, edits)
        worker.giveBack(edits)
    }

    /// What the client gets besides the upstream's own fields.
    func editResponse(_ edits: inout HeadEdits) {
        if let route, !route.responseEdits.isEmpty { route.responseEdits.write(to: &edits) }
    }

    func responseContent(_ content: ByteBuffer) {
        if isTunnelling { return passToClient(content) }
        responseBytes += content.readableBytes
        touchResponse()
        sendThrottled(content)
    }

    func responseEnd(trailers: FieldSection?) {
        if let tunnel, tunnel.isOpen { return upstreamEnded(tunnel) }
        readCode(trailers: trailers)
        if let fault, fault.isThrottled {
            fault.heldEnd = .some(trailers)
            endAttempt(flag: nil)
            let used = upstream
            upstream = nil
            used?.finish(reusable: requestDone)
        } else {
            endResponse(trailers)
        }
    }

    func endResponse(_ trailers: FieldSection?) {
        downstream.sendEnd(trailers: trailers)
        endAttempt(flag: nil)
        let used = upstream
        upstream = nil
        finish()
        used?.finish(reusable: requestDone)
        downstream.exchangeEnded()
    }

    func upstreamBecameWritable() { downstream.resume() }
}

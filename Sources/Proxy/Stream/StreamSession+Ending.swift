/// Time-outs, and ends that neither side has asked for.
extension StreamSession {
    /// An endpoint whose connection has lasted so long, and which has sent something, works.
    static let soundAfterMilliseconds = 1_000

    func check(now: UInt64) {
        let limits = table.limits
        switch phase {
        case .handshaking, .choosing:
            if now >= started.after(milliseconds: limits.helloTimeoutMilliseconds) {
                fail(
                    .downstreamTimeout,
                    "the client did not complete its hello within \(limits.helloTimeoutMilliseconds) ms")
            }
        case .connecting, .over: break
        case .open:
            if sent > 0, now >= opened.after(milliseconds: Self.soundAfterMilliseconds) { upstream?.isSound() }
            filter?.check(now: now)
            if let leaving, now >= leavingDeadline {
                fail(leaving.flag, leaving.sentence)
            } else if now >= lastByte.after(milliseconds: limits.idleTimeoutMilliseconds) {
                fail(
                    .streamIdleTimeout, "no byte passed in either direction for \(limits.idleTimeoutMilliseconds) ms")
            } else if downstream.hasEnded != (upstream?.hasEnded ?? false),
                now >= lastByte.after(milliseconds: limits.halfClosedTimeoutMilliseconds)
            {
                fail(
                    .streamIdleTimeout,
                    "one side had ended and no byte of the other came for \(limits.halfClosedTimeoutMilliseconds) ms")
            } else if leaving != nil {
                leaveIfIdle(now: now)
            }
        }
    }

    /// Ends the stream where that disturbs nothing, now or later; at the deadline wherever it is.
    func leave(_ flag: ResponseFlag, _ sentence: String, deadline: UInt64 = .max) {
        leavingDeadline = min(leavingDeadline, deadline)
        leaving = StreamFailure(flag: flag, sentence: sentence)
        leaveIfIdle(now: Clock.monotonic())
    }

    func listenerRemoved() {
        let milliseconds = table.limits.drainTimeoutMilliseconds
        leave(
            .draining, "the configuration has the listener \(listener.name) no more",
            deadline: Clock.monotonic().after(milliseconds: milliseconds))
    }

    func leaveIfIdle(now: UInt64) {
        guard phase == .open, let leaving, isBetweenMessages(now: now), downstream.input.readableBytes == 0,
            let upstream, upstream.input.readableBytes == 0
        else { return }
        let wall = Clock.wallSeconds()
        if worker.cutIfExpired(downstream, now: wall) || worker.cutIfExpired(upstream, now: wall) { return }
        flag = leaving.flag
        sentence = leaving.sentence
        finish()
        downstream.closeWhenWritten()
        upstream.closeWhenWritten()
    }

    /// Whether nothing that was asked awaits an answer. Of bytes that the proxy does not understand it can only be taken:
    /// the last word was the server's, and since then both have been silent for long enough.
    private func isBetweenMessages(now: UInt64) -> Bool {
        if let filter { return filter.isBetweenMessages }
        return lastSender != .downstream && !downstream.hasEnded && upstream?.hasEnded == false
            && now >= lastByte.after(milliseconds: table.limits.drainIdleMilliseconds)
    }

    /// Ends both sides now, so that neither takes it for an orderly end once bytes may have passed.
    func fail(_ flag: ResponseFlag, _ sentence: String) {
        guard phase != .over else { return }
        self.flag = flag
        self.sentence = sentence
        let wasOpen = phase == .open
        finish()
        if wasOpen {
            downstream.reset()
            upstream?.reset()
        } else {
            downstream.close()
            upstream?.abandon()
        }
    }

    func finish() {
        phase = .over
        ended = Clock.monotonic()
        filter?.ended(now: ended)
        filter = nil
        if upstreamBroke { upstream?.judge(.gatewayFailure) } else if flag == nil || sent > 0 { upstream?.isSound() }
        if let series {
            series.ended(flag, nanoseconds: ended &- started)
        } else {
            let series = table.unrouted.series(for: principal)
            series.began()
            series.ended(flag, nanoseconds: ended &- started)
        }
        worker.recorder.record(self)
    }
}

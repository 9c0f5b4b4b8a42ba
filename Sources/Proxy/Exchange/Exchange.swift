import Interop
import Mesh
import NIOCore
import Telemetry

/// One request and its answer, from the client's head to the last byte of the response: picks the route, makes the
/// attempts, passes bytes both ways and records what happened.
final class Exchange {
    enum Phase {
        /// No upstream: one is awaited, or the next attempt is.
        case waiting
        /// The request is on its way; no response yet.
        case sending
        /// The response's head went to the client.
        case responding
        case finished
    }

    let connection: DownstreamConnection
    unowned let worker: Worker
    let method: HTTPMethod
    /// Unix nanoseconds.
    let startedWall: UInt64
    /// Monotonic nanoseconds.
    let started: UInt64
    private(set) var ended: UInt64 = 0
    var phase = Phase.waiting
    var route: RouteState?
    var series: RouteSeries?
    var upstream: UpstreamConnection?
    /// The cluster's pool while no connection has been found.
    var isPending = false
    private var backoff: Scheduled<Void>?

    // The trace.
    var trace = TraceContext(traceID: TraceID(high: 0, low: 0), parentSpanID: .none)
    var serverSpanID = SpanID.none

    // The request.
    var requestDone = false
    var requestBytes = 0
    var requestTrailers: ByteBuffer?
    /// Content already sent, kept while the request could be sent again.
    var replay: ByteBuffer?
    var mayRepeat = false
    private(set) var requestDeadline: UInt64 = .max
    private(set) var tryDeadline: UInt64 = .max
    private var lastRequestByte: UInt64
    var transactions = TransactionExtraction()
    /// The start of the body, for the transaction sources; `nil` when no source wants it.
    var sample: ByteBuffer?

    // The answer.
    var status = 0
    var responseBytes = 0
    var flags: [ResponseFlag] = []
    var sentence = ""
    var keepsDownstream = false
    var responseIsChunked = false

    // The attempts.
    var attempt: Attempt?
    var attempts: [Attempt] = []
    var attemptCount = 0
    var countedAttempts = 0
    var hasRaced = false

    init(connection: DownstreamConnection) {
        self.connection = connection
        worker = connection.worker
        method = connection.head.method
        startedWall = Clock.wall()
        started = Clock.monotonic()
        lastRequestByte = started
        requestDone = connection.head.body == .none
    }

    // MARK: Beginning

    func begin() {
        let head = connection.head
        adoptTrace(head)
        guard let route = connection.routes.route(for: head) else {
            series = connection.routes.unrouted.series(for: connection.principal)
            series?.began()
            answer(
                404, .noRoute,
                "no route of the \(connection.direction.rawValue) listener takes this method, host and path")
            return
        }
        self.route = route
        let series = route.series(for: connection.principal)
        self.series = series
        series.began()
        requestDeadline = started.after(milliseconds: route.route.timeoutMilliseconds)
        if case .fixed(let length) = head.body, length > connection.limits.maximumBodyBytes {
            bodyTooLarge()
            return
        }
        if route.refusesUnrecorded, !worker.exportsPayments {
            answer(
                503, .recordingRefused,
                "the record of this payment can be kept neither in memory nor on disk, and its route refuses then")
            return
        }
        findTransactionsInHead(head, route)
        if let policy = route.route.retries {
            let hasHeader = policy.idempotencyHeader.map { head.fields.value(named: $0) != nil } ?? false
            mayRepeat = policy.mayRepeat(method: head.methodText, hasIdempotencyHeader: hasHeader)
        } else {
            mayRepeat = route.standardRetries.mayRepeat(method: head.methodText, hasIdempotencyHeader: false)
        }
        startAttempt(fresh: false, avoiding: nil)
    }

    /// Nothing can be forwarded: the bytes are no request.
    func refuseMalformed(_ fault: HTTPFault, _ flag: ResponseFlag) {
        trace = TraceContext(traceID: worker.random.traceID(), parentSpanID: .none, flags: TraceContext.sampled)
        serverSpanID = worker.spanIDs.next()
        series = connection.routes.unrouted.series(for: connection.principal)
        series?.began()
        answer(fault.status, flag, fault.sentence)
    }

    // MARK: Attempts

    func startAttempt(fresh: Bool, avoiding: Int?) {
        guard let route, phase != .finished else { return }
        phase = .waiting
        attemptCount += 1
        let now = attemptCount == 1 ? started : Clock.monotonic()
        attempt = Attempt(number: attemptCount, spanID: worker.spanIDs.next(), started: now)
        tryDeadline = route.route.perTryTimeoutMilliseconds.map { now.after(milliseconds: $0) } ?? .max
        isPending = true
        route.pool.acquire(for: self, fresh: fresh, avoiding: avoiding)
    }

    /// A connection is being opened for this exchange.
    func connecting(_ connection: UpstreamConnection) {
        isPending = false
        upstream = connection
        attempt?.endpoint = connection.endpoint
    }

    /// A connection is ready for the current attempt.
    func attached(_ connection: UpstreamConnection) {
        guard phase == .waiting else {
            connection.pool.release(connection)
            return
        }
        isPending = false
        upstream = connection
        attempt?.endpoint = connection.endpoint
        attempt?.principal = connection.principal
        phase = .sending
        lastRequestByte = max(lastRequestByte, attempt?.started ?? 0)
        connection.begin(self)
        let head = self.connection.head
        connection.write { writeRequestHead(head, to: &$0, connection) }
        if let replay, replay.readableBytes > 0 { sendContent(replay, to: connection) }
        if requestDone { sendEnd(to: connection) }
        self.connection.process()
    }

    /// The current attempt brought no response that can be passed on.
    func attemptFailed(_ failure: UpstreamFailure) {
        guard phase != .finished else { return }
        isPending = false
        let avoiding = attempt?.endpoint
        let isRace =
            failure.isKeepAliveRace && phase == .sending && mayRepeat && !hasRaced && canReplay
            && Clock.monotonic() < requestDeadline
        // A connection that was closed while it lay idle is no try at the service itself.
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
                case .upstreamOverflow, .upstreamConnectionFailure: 503
                default: 502
                }
            answer(status, failure.flag, failure.sentence)
        }
    }

    private var canReplay: Bool { requestBytes == 0 || replay != nil }

    private func shouldRepeat(after failure: UpstreamFailure) -> Bool {
        guard let policy = route?.route.retries, attemptsRemain(policy), canReplay else { return false }
        switch failure.flag {
        case .upstreamConnectionFailure: return policy.conditions.contains(.connectFailure)
        case .upstreamConnectionTermination:
            return mayRepeat && policy.conditions.contains(.resetBeforeResponse)
        case .upstreamTimeout: return mayRepeat && policy.covers(status: 504)
        default: return false
        }
    }

    private func attemptsRemain(_ policy: RetryPolicy) -> Bool {
        countedAttempts < policy.maximumAttempts && Clock.monotonic() < requestDeadline
    }

    /// Whether a response with this status is set aside for another attempt.
    func shouldRepeat(afterStatus status: Int) -> Bool {
        guard let policy = route?.route.retries, policy.covers(status: status) else { return false }
        return mayRepeat && canReplay && countedAttempts + 1 < policy.maximumAttempts
            && Clock.monotonic() < requestDeadline
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
        if counts { countedAttempts += 1 }
    }

    func dropUpstream() {
        if isPending {
            isPending = false
            route?.pool.cancel(self)
        }
        let connection = upstream
        upstream = nil
        connection?.abandon()
    }

    // MARK: Time

    func check(now: UInt64) {
        guard phase != .finished, let route else { return }
        if now >= requestDeadline {
            let milliseconds = route.route.timeoutMilliseconds
            if phase == .responding, !connection.isWritable {
                fail(.downstreamTimeout, 408, "the client did not take the answer within \(milliseconds) ms")
            } else if !requestDone, phase == .sending {
                fail(.downstreamTimeout, 408, "the request was not complete within \(milliseconds) ms")
            } else {
                fail(
                    .upstreamTimeout, 504,
                    "\(route.route.cluster) did not answer within \(milliseconds) ms")
            }
        } else if now >= tryDeadline, phase == .sending || phase == .waiting && upstream != nil {
            attemptFailed(
                UpstreamFailure(
                    flag: .upstreamTimeout,
                    sentence: "\(route.route.cluster) did not answer this try within "
                        + "\(route.route.perTryTimeoutMilliseconds ?? 0) ms",
                    mayHaveArrived: true))
        } else if !requestDone, phase == .sending, upstream?.isWritable == true,
            now >= lastRequestByte.after(milliseconds: connection.limits.idleTimeoutMilliseconds)
        {
            fail(
                .downstreamTimeout, 408,
                "no byte of the request's body came for \(connection.limits.idleTimeoutMilliseconds) ms")
        }
    }

    func touchRequest() { lastRequestByte = Clock.monotonic() }
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
            "the body is longer than the \(connection.limits.maximumBodyBytes) bytes that are taken")
    }

    // MARK: Ending

    func addFlag(_ flag: ResponseFlag) { if !flags.contains(flag) { flags.append(flag) } }

    /// The client's side is gone.
    func downstreamClosed() {
        guard phase != .finished else { return }
        addFlag(.downstreamConnectionTermination)
        sentence = "the client closed the connection before the answer was complete"
        endAttempt(flag: .downstreamConnectionTermination, sentence: sentence)
        dropUpstream()
        finish()
    }

    /// Breaks off a response: the client must see that it is not complete.
    func abort(_ flag: ResponseFlag, _ sentence: String) {
        addFlag(flag)
        self.sentence = sentence
        finish()
        connection.abort()
    }

    /// Answers in the proxy's own name. Only before a response has begun.
    func answer(_ status: Int, _ flag: ResponseFlag, _ sentence: String) {
        addFlag(flag)
        self.sentence = sentence
        self.status = status
        worker.counters.refused(flag)
        let close = connection.answer(status: status, flag: flag, sentence: sentence)
        finish()
        connection.exchangeEnded(keepAlive: !close)
    }

    func finish() {
        guard phase != .finished else { return }
        phase = .finished
        ended = Clock.monotonic()
        backoff?.cancel()
        backoff = nil
        if sample != nil { findTransactionsInSample(isWhole: false) }
        series?.ended(
            status: status, nanoseconds: ended &- started, requestBytes: requestBytes, responseBytes: responseBytes)
        worker.recorder.record(self)
    }
}

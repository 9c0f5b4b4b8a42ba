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

    let downstream: any Downstream
    let worker: Worker
    let method: HTTPMethod
    /// Unix nanoseconds.
    let startedWall: UInt64
    /// Monotonic nanoseconds.
    let started: UInt64
    var ended: UInt64 = 0
    var phase = Phase.waiting
    var route: RouteState?
    var series: RouteSeries?
    /// What the listener's access rules said; `nil` where there are none, or the request was no request.
    var decision: AuthorizationDecision?
    var policy: RequestPolicy?
    var upstream: (any Upstream)?
    /// In the cluster's pool, waiting for a connection.
    var isPending = false
    /// The connection that is being opened for this exchange.
    var opening: OpeningConnection?
    var backoff: Scheduled<Void>?

    // The trace.
    var trace = TraceContext(traceID: TraceID(high: 0, low: 0), parentSpanID: .none)
    var serverSpanID = SpanID.none

    // The request.
    var requestDone = false
    var requestBytes = 0
    var requestTrailers: FieldSection?
    /// Content already sent, kept while the request could be sent again.
    var replay: ByteBuffer?
    var mayRepeat = false
    var requestDeadline: UInt64 = .max
    var tryDeadline: UInt64 = .max
    var lastRequestByte: UInt64
    var transactions = TransactionExtraction()
    /// The start of the body, for the transaction sources; `nil` when no source wants it.
    var sample: ByteBuffer?

    // The answer.
    var status = 0
    var responseBytes = 0
    var flags: [ResponseFlag] = []
    var sentence = ""

    // The attempts.
    var attempt: Attempt?
    var attempts: [Attempt] = []
    var attemptCount = 0
    var countedAttempts = 0
    var hasRaced = false

    var traffic = TrafficState()
    /// The gRPC call that the request is; `nil` when it is none.
    var call: CallState?

    init(_ downstream: any Downstream, worker: Worker) {
        self.downstream = downstream
        self.worker = worker
        method = downstream.head.method
        startedWall = Clock.wall()
        started = Clock.monotonic()
        lastRequestByte = started
        requestDone = downstream.head.body == .none
    }

    // MARK: Beginning

    func begin() {
        let head = downstream.head
        adoptTrace(head)
        adoptCall()
        guard let route = downstream.routes.route(for: head) else {
            series = downstream.routes.unrouted.series(for: downstream.principal)
            series?.began()
            guard isAuthorized() else { return }
            answer(
                404, .noRoute,
                "no route of the \(downstream.direction.rawValue) listener takes this method, host and path")
            return
        }
        self.route = route
        let series = route.series(for: downstream.principal)
        self.series = series
        series.began()
        guard isAuthorized() else { return }
        requestDeadline = started.after(milliseconds: route.route.timeoutMilliseconds)
        // Of a request that is refused below, the record is found by its transaction too.
        findTransactionsInHead(head, route)
        if case .fixed(let length) = head.body, length > downstream.limits.maximumBodyBytes {
            bodyTooLarge()
            return
        }
        if route.refusesUnrecorded, !worker.exportsPayments {
            answer(
                503, .recordingRefused,
                "the record of this payment can be kept neither in memory nor on disk, and its route refuses then")
            return
        }
        if let wish = head.asksFor, !admitTunnel(wish, route) { return }
        if let policy = route.route.retries {
            let hasHeader = policy.idempotencyHeader.map { head.fields.value(named: $0) != nil } ?? false
            mayRepeat = policy.mayRepeat(method: head.methodText, hasIdempotencyHeader: hasHeader)
        } else {
            mayRepeat = route.standardRetries.mayRepeat(method: head.methodText, hasIdempotencyHeader: false)
        }
        admit(route)
    }

    /// Nothing can be forwarded: the bytes are no request.
    func refuseMalformed(_ fault: HTTPFault, _ flag: ResponseFlag) {
        trace = TraceContext(traceID: worker.random.traceID(), parentSpanID: .none, flags: TraceContext.sampled)
        serverSpanID = worker.spanIDs.next()
        series = downstream.routes.unrouted.series(for: downstream.principal)
        series?.began()
        answer(fault.status, flag, fault.sentence)
    }
}

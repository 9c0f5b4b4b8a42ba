import Mesh
import NIOCore

/// Whether, when and where a request goes.
extension Exchange {
    var destination: Destination? { traffic.destination }
    var fault: InjectedFault? { traffic.fault }

    func admit(_ route: RouteState) {
        let destination = route.destination(&worker.random)
        traffic.destination = destination
        if let wait = waitForToken(route) {
            var edits = HeadEdits()
            edits.add("retry-after", String((wait + 999_999_999) / 1_000_000_000))
            answer(429, .rateLimited, "the route \(route.route.name) takes no more requests now", edits)
            return
        }
        adoptDeadline(route)
        if let header = destination.pool.cluster.loadBalancing.hashHeader {
            traffic.hash = downstream.head.fields.value(named: header).map { StableHash.of($0.utf8) }
        }
        if let rule = faultRule(route) { inject(rule, route) } else { forward() }
    }

    /// Sends the request on its way, unless its cluster has enough of them.
    func forward() {
        guard let route, let pool = destination?.pool else { return }
        if let refusal = pool.requestBegins(isPayment: route.route.payment) {
            answer(503, refusal.flag, refusal.sentence)
            return
        }
        traffic.isAdmitted = true
        traffic.lastByte = started
        prepareMirror(route)
        startAttempt(fresh: false, avoiding: nil)
    }

    /// How many nanoseconds until all rate limits of the route have room; `nil` when they have.
    private func waitForToken(_ route: RouteState) -> UInt64? {
        var taken: [TokenBucket] = []
        for limiter in route.limiters {
            let bucket = limiter.bucket(for: downstream.principal.text)
            if let wait = bucket.take(now: started) {
                for other in taken { other.giveBack() }
                return wait
            }
            taken.append(bucket)
        }
        return nil
    }

    /// The request counts no more; called once, at its end.
    func leaveCluster() {
        traffic.fault?.timer?.cancel()
        leaveRequests()
    }

    /// The request counts no more among those of its cluster.
    func leaveRequests() {
        guard traffic.isAdmitted else { return }
        traffic.isAdmitted = false
        destination?.pool.requestEnded(hadRetries: traffic.isRetry)
    }

    // MARK: Deadlines

    /// The caller's deadline holds where it is nearer than the route's.
    private func adoptDeadline(_ route: RouteState) {
        guard let propagation = route.route.deadline else { return }
        let fields = downstream.head.fields
        var nanoseconds: UInt64?
        if propagation.grpc, let text = fields.value(named: "grpc-timeout") {
            nanoseconds = CallerDeadline.grpc(text)
        }
        if nanoseconds == nil, let header = propagation.header, let text = fields.value(named: header) {
            nanoseconds = CallerDeadline.milliseconds(text)
        }
        guard let nanoseconds else { return }
        traffic.hasCallerDeadline = true
        requestDeadline = min(requestDeadline, started &+ nanoseconds)
    }

    /// What is left for the upstream, in the fields in which the caller said it.
    func writeDeadline(to edits: inout HeadEdits) {
        guard traffic.hasCallerDeadline, let propagation = route?.route.deadline else { return }
        let now = Clock.monotonic()
        let left = max(1, requestDeadline > now ? (requestDeadline - now) / 1_000_000 : 1)
        let fields = downstream.head.fields
        if propagation.grpc, fields.value(named: "grpc-timeout") != nil {
            edits.remove(CallerDeadline.grpcName)
            edits.add("grpc-timeout") { output in
                output.writeDecimal(Int(left))
                output.writeStaticString("m")
            }
        }
        if let header = propagation.header, fields.value(named: header) != nil {
            edits.remove(Array(header.utf8))
            edits.add(header, String(left))
        }
    }
}

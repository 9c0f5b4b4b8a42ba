/// What a hop's two spans say together.
struct HopReading {
    private let caller: Span?
    private let callee: Span?
    private let form: Hop.Form

    init(caller: Span?, callee: Span?, form: Hop.Form) {
        self.caller = caller
        self.callee = callee
        self.form = form
    }

    /// The callee's service name; where it recorded nothing, the best that its caller knew.
    var service: String {
        if let callee { return callee.resource.serviceName }
        guard let caller else { return "unknown" }
        if let name = caller.attributes.text(SpanAttribute.peerService) { return name }
        if let principal = caller.attributes.text(SpanAttribute.peerPrincipal),
            let name = principal.split(separator: "/").last
        {
            return String(name)
        }
        return caller.attributes.text(SpanAttribute.peerAddress) ?? "unknown"
    }

    /// The callee's span name, else the caller's.
    var operation: String {
        for span in [callee, caller] {
            if let span, !span.name.isEmpty { return span.name }
            if let route = span?.attributes.text(SpanAttribute.route) { return route }
        }
        return form == .missing ? "not stored" : "unnamed"
    }

    var callerPrincipal: String? {
        if form == .internal { return nil }
        return caller?.attributes.text(SpanAttribute.principal) ?? callee?.attributes.text(SpanAttribute.peerPrincipal)
    }

    var calleePrincipal: String? {
        callee?.attributes.text(SpanAttribute.principal) ?? caller?.attributes.text(SpanAttribute.peerPrincipal)
    }

    var decision: String? { first { $0.attributes.text(SpanAttribute.decision) } }
    var policyRule: String? { first { $0.attributes.text(SpanAttribute.rule) } }
    var policyRevision: String? { first { $0.attributes.text(SpanAttribute.revision) } }

    /// From 1. `http.request.resend_count` counts from 0, and only when it is not the first.
    var attempt: Int? {
        if let attempt = first({ $0.attributes.number(SpanAttribute.attempt) }), attempt > 0 { return attempt }
        guard let resends = first({ $0.attributes.number(SpanAttribute.resendCount) }), resends >= 0, resends < .max
        else { return nil }
        return resends + 1
    }

    var httpStatus: Int? { first { $0.attributes.number(SpanAttribute.httpStatus) } }
    var grpcStatus: Int? { first { $0.attributes.number(SpanAttribute.grpcStatus) } }

    var responseFlags: String? {
        let flags = first {
            $0.attributes.text(SpanAttribute.responseFlags) ?? $0.attributes.text(SpanAttribute.envoyResponseFlags)
        }
        return flags == "-" ? nil : flags
    }

    var errorMessage: String? {
        first { $0.status.isError && !$0.status.message.isEmpty ? $0.status.message : nil }
            ?? first { $0.attributes.text(SpanAttribute.errorType) }
    }

    /// What the caller saw counts: a callee that finished after its caller gave up did not succeed.
    var outcome: HopOutcome {
        guard let lead = caller ?? callee else { return .unknown }
        if let status = httpStatus {
            if (400...499).contains(status) { return .refused }
            if status >= 500 { return .failed }
        }
        if let status = lead.attributes.number(SpanAttribute.grpcStatus), status != 0 {
            return Self.isRefusal(grpcStatus: status) ? .refused : .failed
        }
        return lead.status.isError ? .failed : .succeeded
    }

    /// What HTTP says by a 4xx: the callee works, and will not do it (grpc `doc/statuscodes.md`).
    private static func isRefusal(grpcStatus: Int) -> Bool {
        switch grpcStatus {
        case 3, 5...11, 16: true
        default: false
        }
    }

    private func first<T>(_ read: (Span) -> T?) -> T? { caller.flatMap(read) ?? callee.flatMap(read) }
}

extension HopSpan {
    init(_ stored: StoredSpan) {
        let span = stored.span
        self.init(
            spanID: span.spanID.description,
            parentSpanID: span.parentSpanID.isValid ? span.parentSpanID.description : nil,
            service: span.resource.serviceName, instance: span.resource.attributes.text(SpanAttribute.serviceInstance),
            name: span.name, principal: span.attributes.text(SpanAttribute.principal),
            start: Timestamp(nanoseconds: span.startNanoseconds), durationNanoseconds: span.durationNanoseconds,
            statusCode: span.status.code, statusMessage: span.status.message.isEmpty ? nil : span.status.message,
            eventCount: span.events.count,
            attributes: span.attributes.map { JourneyAttribute($0.key, $0.value) }, source: HopSource(stored.provenance)
        )
    }
}

/// Says how a journey ended and why.
enum JourneyVerdict {
    /// The outcome of several things in order of start: of the last that says how it ended and that nothing before it
    /// contains in time.
    static func outcome(_ parts: [(start: UInt64, end: UInt64, outcome: HopOutcome)]) -> HopOutcome {
        deciding(parts).map { parts[$0].outcome } ?? .unknown
    }

    private static func deciding(_ parts: [(start: UInt64, end: UInt64, outcome: HopOutcome)]) -> Int? {
        var decided: Int?
        var latestEnd: UInt64?
        for (position, part) in parts.enumerated() {
            let isContained = latestEnd.map { part.end <= $0 } ?? false
            latestEnd = max(latestEnd ?? 0, part.end)
            if part.outcome == .unknown { continue }
            if !isContained || decided == nil { decided = position }
        }
        return decided
    }

    static func summary(_ hops: [Hop], legs: [JourneyLeg], start: UInt64, end: UInt64, spans: Int) -> JourneySummary {
        let parts = legs.map { leg in
            (
                start: leg.start.nanoseconds, end: leg.start.nanoseconds + leg.durationNanoseconds,
                outcome: leg.outcome
            )
        }
        let leg = deciding(parts)
        let outcome = leg.map { legs[$0].outcome } ?? .unknown
        let cause = outcome == .succeeded ? nil : leg.flatMap { findCause(hops, roots: legs[$0].roots, outcome) }
        var services = Distinct()
        for leg in legs { for service in leg.services { services.insert(service) } }
        var summary = JourneySummary(
            outcome: outcome, sentence: "", cause: cause, start: Timestamp(nanoseconds: start),
            durationNanoseconds: end - start, services: services.values, spans: spans,
            hops: hops.count { $0.form == .request || $0.form == .message },
            failedHops: hops.count { $0.outcome == .failed }, refusedHops: hops.count { $0.outcome == .refused },
            retries: hops.count { ($0.attempt ?? 1) > 1 })
        summary.sentence = sentence(summary, hops, legs: legs.count)
        return summary
    }

    /// Down from the root that decided, along the last hop below that also failed or was refused and was not tried
    /// again.
    private static func findCause(_ hops: [Hop], roots: [Int], _ outcome: HopOutcome) -> Int? {
        guard let root = roots.last(where: { hops[$0].outcome == outcome }) else { return nil }
        var lastBelow: [Int: Int] = [:]
        var position = root + 1
        while position < hops.count, hops[position].depth > hops[root].depth {
            let hop = hops[position]
            if let parent = hop.parent, hop.retriedBy == nil, hop.outcome == .failed || hop.outcome == .refused {
                lastBelow[parent] = position
            }
            position += 1
        }
        var cause = root
        while let next = lastBelow[cause] { cause = next }
        return cause
    }

    private static func sentence(_ summary: JourneySummary, _ hops: [Hop], legs: Int) -> String {
        let time = DurationText.string(nanoseconds: summary.durationNanoseconds)
        switch summary.outcome {
        case .unknown: return "How it ended is not recorded; it took \(time)."
        case .succeeded:
            let repaired = summary.retries > 0 ? ", after \(counted(summary.retries, "retry", "retries"))" : ""
            let services = counted(summary.services.count, "service", "services")
            let stretch = legs == 1 ? "in \(time)" : "in \(legs) legs over \(time)"
            return "Succeeded \(stretch) across \(services)\(repaired)."
        case .refused, .failed:
            let verb = summary.outcome == .failed ? "Failed" : "Refused"
            guard let cause = summary.cause else { return "\(verb) after \(time)." }
            return "\(verb) after \(time): \(reason(hops[cause]))."
        }
    }

    private static func reason(_ hop: Hop) -> String {
        let attempt = hop.attempt.map { $0 > 1 ? ", attempt \($0)" : "" } ?? ""
        if hop.form == .internal { return "\(hop.service) failed in '\(hop.operation)'" }
        if hop.callee == nil, hop.httpStatus == nil || hop.responseFlags != nil {
            let why = [hop.httpStatus.map(String.init), hop.responseFlags, hop.errorMessage].compactMap { $0 }
            let detail = why.isEmpty ? "" : " (\(why.joined(separator: " ")))"
            return "\(hop.service) did not answer '\(hop.operation)'\(detail)\(attempt)"
        }
        let code = hop.grpcStatus.flatMap { $0 == 0 ? nil : "answered gRPC status \($0) to" }
        let answer = code ?? hop.httpStatus.map { "answered \($0) to" } ?? "failed in"
        return "\(hop.service) \(answer) '\(hop.operation)'\(attempt)"
    }

    private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }
}

import Telemetry

/// Hops as rows of a waterfall.
struct HopRows {
    /// Smaller differences between clocks are not worth a line.
    private static let notableSkewNanoseconds: UInt64 = 1_000_000

    private let hops: [Hop]
    private let principals: PrincipalNames
    private let missing: [Int: MissingSpan.Role]

    init(_ journey: Journey, principals: PrincipalNames) {
        hops = journey.hops
        self.principals = principals
        missing = Dictionary(journey.completeness.missing.map { ($0.hop, $0.role) }) { first, _ in first }
    }

    func row(_ hop: Hop, legOffset: UInt64) -> Waterfall.Row {
        var row = Waterfall.Row()
        row.depth = hop.depth
        row.subject = subject(hop)
        row.text = hop.form == .missing ? "(not stored)" : hop.operation
        row.status = status(hop)
        if let attempt = hop.attempt, attempt > 1 || hop.retriedBy != nil { row.attempt = "#\(attempt)" }
        row.start = hop.startOffsetNanoseconds >= legOffset ? hop.startOffsetNanoseconds - legOffset : 0
        row.duration = hop.durationNanoseconds
        row.isInferred = hop.form == .missing
        switch hop.outcome {
        case .succeeded: break
        case .refused, .failed:
            row.mark = hop.retriedBy != nil ? "↻" : hop.outcome == .failed ? "✗" : "!"
            row.style = hop.retriedBy != nil || hop.outcome == .refused ? .warning : .bad
        case .unknown: row.mark = "?"
        }
        row.details = details(hop)
        return row
    }

    /// The callee; with the caller where that is not the service above.
    private func subject(_ hop: Hop) -> String {
        guard let caller = hop.caller?.service else { return hop.service }
        let above = hop.parent.map { hops[$0].service }
        return above == caller ? hop.service : "\(caller) → \(hop.service)"
    }

    private func status(_ hop: Hop) -> String {
        // HTTP says 200 whatever became of a call.
        if let status = hop.httpStatus, hop.grpcStatus ?? 0 == 0 { return String(status) }
        switch hop.outcome {
        case .succeeded: return hop.form == .internal ? "" : "ok"
        case .refused, .failed: return "err"
        case .unknown: return ""
        }
    }

    /// `policy: deny by no-admin (revision r1)`.
    private static func policy(_ decision: String, _ hop: Hop) -> String {
        var text = "policy: \(decision)"
        if let rule = hop.policyRule { text += " by \(rule)" }
        if let revision = hop.policyRevision { text += " (revision \(revision))" }
        return text
    }

    private func details(_ hop: Hop) -> [Waterfall.Detail] {
        var details: [Waterfall.Detail] = []
        if let line = principalLine(hop) { details.append(Waterfall.Detail(line)) }
        if hop.linkedBy == .transaction {
            details.append(Waterfall.Detail("linked by the transaction id: trace headers were not passed on"))
        }
        if let decision = hop.decision { details.append(Waterfall.Detail(Self.policy(decision, hop))) }
        // `error.type` is the status code where there is nothing to add to it.
        let message = hop.errorMessage == status(hop) ? nil : hop.errorMessage
        let call = hop.grpcStatus.flatMap { $0 == 0 ? nil : "gRPC status \($0)" }
        let trouble = [hop.responseFlags, call, message].compactMap { $0 }.joined(separator: " ")
        if !trouble.isEmpty {
            let isBad = hop.outcome == .failed && hop.retriedBy == nil
            details.append(Waterfall.Detail(trouble, isBad ? .bad : hop.outcome == .succeeded ? .dim : .warning))
        }
        switch missing[hop.id] {
        case .caller: details.append(Waterfall.Detail("the caller's span is not stored", .warning))
        case .callee: details.append(Waterfall.Detail("the callee's span is not stored", .warning))
        case .hop, nil: break
        }
        if hop.hasConflict {
            details.append(Waterfall.Detail("another span with the same ids has different content", .warning))
        }
        if hop.cutsCycle { details.append(Waterfall.Detail("parent ids go in a circle, cut open here", .warning)) }
        if let early = hop.startsEarlyNanoseconds, early >= Self.notableSkewNanoseconds {
            let time = DurationText.string(nanoseconds: early)
            details.append(Waterfall.Detail("starts \(time) before its caller says: clocks differ"))
        }
        return details
    }

    /// Who called whom, as verified; left out where the attempt before said the same.
    private func principalLine(_ hop: Hop) -> String? {
        guard hop.form == .request || hop.form == .message else { return nil }
        let pair = (hop.callerPrincipal, hop.calleePrincipal)
        if pair == (nil, nil) { return nil }
        if let attempt = hop.attempt, attempt > 1, hop.id > 0,
            let previous = hops[..<hop.id].last(where: { $0.depth <= hop.depth }), previous.depth == hop.depth,
            (previous.callerPrincipal, previous.calleePrincipal) == pair
        {
            return nil
        }
        let (caller, callee) = (pair.0.map(principals.short), pair.1.map(principals.short))
        return "\(caller ?? "(not verified)") → \(callee ?? "(not verified)")"
    }
}

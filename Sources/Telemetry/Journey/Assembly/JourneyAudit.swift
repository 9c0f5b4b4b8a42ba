/// Looks for what speaks against a journey's completeness.
enum JourneyAudit {
    /// Proxy codes for requests that never reached the callee: it has no span to miss.
    private static let notReached: Set<Substring> = ["UF", "UH", "UO", "NR", "NC", "RL", "UAEX"]

    static func completeness(_ hops: [Hop], drafts: [HopDraft], gaps: [JourneyGap]) -> JourneyCompleteness {
        var missing: [MissingSpan] = []
        for (hop, draft) in zip(hops, drafts) {
            if hop.form == .missing {
                missing.append(missingHop(hop, draft))
            } else if draft.missingParent.isValid, let callee = hop.callee, hop.caller == nil,
                expectsCaller(hop, callee)
            {
                missing.append(missingCaller(hop, draft, callee))
            } else if hop.callee == nil, let caller = hop.caller, let principal = hop.calleePrincipal,
                expectsCallee(hop, caller)
            {
                missing.append(
                    MissingSpan(
                        role: .callee, traceID: hop.traceID, hop: hop.id, recorder: principal,
                        sentence:
                            "\(hop.service) was reached by \(caller.service) (span \(caller.spanID)), but its own "
                            + "span is not stored."))
            }
        }
        let gaps = gaps.sorted { left, right in
            (left.from?.nanoseconds ?? 0, left.principal, left.instance, left.firstSequence ?? 0)
                < (right.from?.nanoseconds ?? 0, right.principal, right.instance, right.firstSequence ?? 0)
        }
        return JourneyCompleteness(
            verdict: missing.isEmpty ? gaps.isEmpty ? .complete : .uncertain : .incomplete, missing: missing,
            gaps: gaps, conflictingSpans: hops.count { $0.hasConflict },
            hopsOutOfOrder: hops.count { $0.startsEarlyNanoseconds != nil })
    }

    /// A proxy that verified nobody's certificate was called from outside the mesh, by something that may well have
    /// sent trace headers and records elsewhere.
    private static func expectsCaller(_ hop: Hop, _ callee: HopSpan) -> Bool {
        callee.principal == nil || hop.callerPrincipal != nil
    }

    private static func expectsCallee(_ hop: Hop, _ caller: HopSpan) -> Bool {
        if caller.attributes.contains(where: { $0.key == SpanAttribute.unprocessed && $0.value == .bool(true) }) {
            return false
        }
        guard let flags = hop.responseFlags else { return true }
        return !flags.split(separator: ",").contains { notReached.contains($0) }
    }

    private static func missingHop(_ hop: Hop, _ draft: HopDraft) -> MissingSpan {
        let who = hop.service == "unknown" ? "" : " into \(hop.service)"
        return MissingSpan(
            role: .hop, traceID: hop.traceID, spanID: draft.missingParent.description, hop: hop.id,
            recorder: draft.missingPrincipal ?? draft.missingService,
            sentence: "A hop\(who) is not stored: span \(draft.missingParent) is named as parent.")
    }

    private static func missingCaller(_ hop: Hop, _ draft: HopDraft, _ callee: HopSpan) -> MissingSpan {
        let who = hop.callerPrincipal ?? "The caller"
        return MissingSpan(
            role: .caller, traceID: hop.traceID, spanID: draft.missingParent.description, hop: hop.id,
            recorder: hop.callerPrincipal,
            sentence: "\(who) called \(callee.service), but its span \(draft.missingParent) is not stored.")
    }
}

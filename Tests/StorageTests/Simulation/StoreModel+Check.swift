import Storage
import Telemetry

extension StoreModel {
    /// Compares an answer with what must be there.
    func check(_ trace: TraceID, _ answer: [StoredSpan]) throws {
        let expected = contents(trace)
        var seen: Set<[UInt8]> = []
        var identities: [SpanID: Int] = [:]
        for entry in expected.values { identities[entry.span.span.spanID, default: 0] += 1 }
        var last = 0 as UInt64
        for stored in answer {
            let bytes = ExactBytes.of(stored.span)
            guard let entry = expected[bytes] else { throw unexpected(stored.span, bytes) }
            guard seen.insert(bytes).inserted else {
                throw SimulationFailure("span \(stored.span.spanID) of \(trace) is there twice")
            }
            guard stored.hasConflict == (identities[stored.span.spanID]! > 1) else {
                throw SimulationFailure("span \(stored.span.spanID) of \(trace): conflict is \(stored.hasConflict)")
            }
            guard entry.batches.contains(where: { $0.provenances.contains(stored.provenance) }) else {
                throw SimulationFailure(
                    "span \(stored.span.spanID) of \(trace) has a provenance nobody gave: \(stored.provenance)")
            }
            guard stored.span.startNanoseconds >= last else {
                throw SimulationFailure("the spans of \(trace) are not by start")
            }
            last = stored.span.startNanoseconds
        }
        if let lost = expected.first(where: { !seen.contains($0.key) })?.value {
            throw SimulationFailure(
                "span \(lost.span.span.spanID) of \(trace) is missing, of acknowledged batch \(lost.batches[0].number)")
        }
    }

    private func unexpected(_ span: Span, _ bytes: [UInt8]) -> SimulationFailure {
        let owner = batches.first { $0.spans.contains { $0.bytes == bytes } }
        let near = batches.first {
            $0.spans.contains { $0.span.spanID == span.spanID && $0.span.traceID == span.traceID }
        }
        let reason =
            if let owner {
                "of batch \(owner.number), which is not stored"
            } else if let near { "is not as batch \(near.number) sent it" } else { "was never sent" }
        return SimulationFailure("span \(span.spanID) of \(span.traceID) is there and \(reason)")
    }

    /// Compares the ledger with what must be missing.
    func check(_ gaps: [GapRecord]) throws {
        var missing: [SessionKey: [ClosedRange<UInt64>]] = [:]
        var tails: [SessionKey: UInt64] = [:]
        for gap in gaps {
            switch (gap.kind, gap.session) {
            case (.missingSequences(let range), let key?):
                missing[key, default: []].append(range)
                try checkStart(of: gap, after: range.lowerBound - 1)
            case (.unknownTail(let after), let key?):
                tails[key] = after
                try checkStart(of: gap, after: after)
            default: break
            }
        }
        for session in sessionOrder {
            // Runs that were noticed at different times touch.
            var shown: [ClosedRange<UInt64>] = []
            for run in (missing[session.key] ?? []).sorted(by: { $0.lowerBound < $1.lowerBound }) {
                if let last = shown.last, last.upperBound + 1 == run.lowerBound {
                    shown[shown.count - 1] = last.lowerBound...run.upperBound
                } else {
                    shown.append(run)
                }
            }
            guard shown == session.missing else {
                throw SimulationFailure("of \(session.name) the ledger misses \(shown), not \(session.missing)")
            }
            let tail = session.isSeen && !session.isClosed && !session.isConnected ? session.highWater : nil
            guard tails[session.key] == tail else {
                throw SimulationFailure(
                    "of \(session.name) the tail is unknown after \(tails[session.key].map { "\($0)" } ?? "nothing"), "
                        + "not after \(tail.map { "\($0)" } ?? "nothing")")
            }
        }
        try checkLosses(gaps)
    }

    /// What is missing after a sequence may be as old as the newest that is stored up to it.
    private func checkStart(of gap: GapRecord, after sequence: UInt64) throws {
        guard let session = gap.session.flatMap({ sessions[$0] }) else { return }
        let before = session.batches.values.filter { $0.isCounted && $0.sequence <= sequence }
        // One that tells no time leaves what was missing around it undated until others come.
        guard before.allSatisfy({ $0.newest != nil }), let newest = before.compactMap(\.newest).max(),
            gap.fromNanoseconds > newest
        else { return }
        throw SimulationFailure(
            "of \(session.name) what is missing after \(sequence) is dated \(gap.fromNanoseconds - newest) ns late")
    }

    private func checkLosses(_ gaps: [GapRecord]) throws {
        struct Name: Hashable {
            var session: SessionKey?
            var reason: LossReason
        }
        var left: [Name: [UInt64]] = [:]
        func add(_ loss: LossRecord, of session: SessionKey?, sign: (UInt64, UInt64) -> UInt64) {
            let name = Name(session: session, reason: loss.reason)
            let counts = [loss.batches, loss.spans, loss.metricPoints]
            left[name] = zip(left[name] ?? [0, 0, 0], counts).map(sign)
        }
        for batch in batches where batch.isCounted {
            for loss in batch.losses { add(loss, of: batch.session) { $0 &+ $1 } }
        }
        for gap in gaps {
            if case .loss(let loss) = gap.kind { add(loss, of: gap.session) { $0 &- $1 } }
        }
        if let wrong = left.first(where: { $0.value.contains { $0 != 0 } }) {
            throw SimulationFailure(
                "losses of \(wrong.key.session?.incarnation ?? 0) for \(wrong.key.reason.name) are wrong by "
                    + "\(wrong.value.map { Int64(bitPattern: $0) })")
        }
    }
}

extension ModelSession {
    var name: String { "\(key.instance)/\(key.incarnation)" }
}

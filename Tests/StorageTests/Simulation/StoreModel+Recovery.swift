import Storage
import Telemetry

extension StoreModel {
    /// After the store was opened: finds out which of the batches that nobody acknowledged are there, whole, and checks
    /// everything else. `answers` are the spans of every trace ever mentioned.
    mutating func recover(_ answers: [TraceID: [StoredSpan]], _ gaps: [GapRecord]) throws {
        var there: Set<[UInt8]> = []
        if !doubtful.isEmpty {
            for answer in answers.values {
                for stored in answer { there.insert(ExactBytes.of(stored.span)) }
            }
        }
        for session in sessionOrder {
            session.isConnected = false
            session.refusedFrom = nil
        }
        try settleSessions(gaps, there)
        let found = doubtful.filter { !$0.spans.isEmpty && $0.spans.allSatisfy { there.contains($0.bytes) } }
        for batch in found {
            batch.isGuessed = batch.spans.allSatisfy { span in
                contents(span.span.traceID)[span.bytes] != nil
                    || found.contains { other in other !== batch && other.spans.contains { $0.bytes == span.bytes } }
            }
        }
        for batch in found { show(batch) }
        for batch in batches where batch.isPresent && batch.session == nil { batch.isDoubtful = false }
        for (trace, answer) in answers { try check(trace, answer) }
        try check(gaps)
    }

    /// Settles what may have been stored of each exporter life by what the ledger says of it.
    private mutating func settleSessions(_ gaps: [GapRecord], _ there: Set<[UInt8]>) throws {
        var missing: [SessionKey: [ClosedRange<UInt64>]] = [:]
        var tails: [SessionKey: UInt64] = [:]
        for gap in gaps {
            switch (gap.kind, gap.session) {
            case (.missingSequences(let range), let key?): missing[key, default: []].append(range)
            case (.unknownTail(let after), let key?): tails[key] = after
            default: break
            }
        }
        for session in sessionOrder {
            let tail = tails[session.key]
            let lost = missing[session.key] ?? []
            if tail != nil {
                if session.isClosed && session.maybeReopened { session.isClosed = false }
                session.isSeen = session.isSeen || session.maybeSeen
            } else if !session.isClosed, let last = closing(session, lost, there),
                session.isSeen || lost.contains(where: { $0.upperBound == last })
            {
                session.isSeen = true
                session.isClosed = true
                session.closedAt = max(session.closedAt, last)
            }
            let high = tail ?? session.highWater
            for batch in session.batches.values.sorted(by: { $0.sequence < $1.sequence })
            where batch.isDoubtful && !batch.isCounted {
                guard batch.sequence <= high, !lost.contains(where: { $0.contains(batch.sequence) }) else { continue }
                guard batch.spans.allSatisfy({ there.contains($0.bytes) }) else {
                    throw SimulationFailure("batch \(batch.number) counts as stored, and its spans are not all there")
                }
                show(batch)
                batch.isCounted = true
                session.isSeen = true
            }
            session.maybeSeen = false
            session.maybeReopened = false
            session.maybeClosedAt = []
        }
    }

    /// Which of the ends that were perhaps stored was: the last one before which every batch is there or told as lost.
    private func closing(
        _ session: ModelSession, _ lost: [ClosedRange<UInt64>], _ there: Set<[UInt8]>
    ) -> UInt64? {
        session.maybeClosedAt.sorted().last { last in
            session.batches.values.allSatisfy { batch in
                batch.sequence > last || batch.isCounted || lost.contains { $0.contains(batch.sequence) }
                    || batch.spans.allSatisfy { there.contains($0.bytes) }
            }
        } ?? session.maybeClosedAt.max()
    }
}

import Storage
import Telemetry

extension StoreModel {
    /// Takes note of what retention has removed from a trace, after checking that it might.
    ///
    /// - Parameters:
    ///   - now: the clock of the last pass.
    ///   - isSettled: the pass had nothing left to do: what is over must be gone.
    mutating func expire(
        _ trace: TraceID, _ answer: [StoredSpan], _ retention: RetentionModel, now: UInt64, isSettled: Bool
    ) throws {
        let entries = contents(trace)
        if entries.isEmpty { return }
        let there = Set(answer.lazy.map { ExactBytes.of($0.span) })
        let spans = entries.values.map(\.span.span)
        let ever = everIn(trace)
        let longestThere = retention.longest(entries.lazy.filter { there.contains($0.key) }.map(\.value.span.span))
        let longestEver = retention.most(ever)
        let isHeld = retention.isHeld(spans, perhaps: false)
        let mayBeHeld = retention.isHeld(ever, perhaps: true)
        for (bytes, entry) in entries {
            if there.contains(bytes) {
                guard isSettled, !mayBeHeld, entry.batches.allSatisfy({ $0.isSealed }) else { continue }
                let isOver = entry.batches.allSatisfy { retention.isOver($0.lastReceived, longestEver, now: now) }
                if isOver { throw failure(entry, trace, "is over and still there") }
                continue
            }
            if isHeld { throw failure(entry, trace, "is held and gone") }
            for batch in entry.batches where !batch.isGuessed {
                let own = retention.least(batch.spans.lazy.map(\.span).filter { $0.traceID == trace }, others: ever)
                guard retention.isOver(batch.firstReceived, own, now: now) else {
                    throw failure(entry, trace, "is gone before its time")
                }
                guard longestThere.map({ retention.isOver(batch.firstReceived, $0, now: now) }) ?? true else {
                    throw failure(entry, trace, "is gone, and its trace is kept longer")
                }
            }
            remove(bytes, of: trace)
        }
    }

    private func failure(_ entry: Entry, _ trace: TraceID, _ what: String) -> SimulationFailure {
        SimulationFailure(
            "span \(entry.span.span.spanID) of \(trace) (batch \(entry.batches.map(\.number))) \(what)")
    }
}

extension ModelBatch {
    /// The collector's clock when it first and last came.
    var firstReceived: UInt64 { provenances.map(\.receivedNanoseconds).min() ?? 0 }
    var lastReceived: UInt64 { provenances.map(\.receivedNanoseconds).max() ?? 0 }
}

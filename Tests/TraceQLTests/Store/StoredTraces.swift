import Collector
import Files
import Foundation
import Storage
import Telemetry
import TraceQL

/// A store in memory with random traces in it: live, sealed, or both.
struct StoredTraces {
    let store: Store
    /// Every trace as the store has it, by id.
    private(set) var traces: [TraceID: [Span]] = [:]

    init(_ spans: [Span], seals: (Int) -> Bool) throws {
        store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        let size = max(1, spans.count / 7)
        for (number, first) in stride(from: 0, to: spans.count, by: size).enumerated() {
            let batch = SpanBatch(spans[first..<min(first + size, spans.count)])
            let provenance = Provenance(
                door: .otlpHTTP, principal: "test", sequence: UInt64(number + 1),
                receivedNanoseconds: UInt64(number + 1))
            try append(Submission(spans: batch, provenance: provenance))
            if seals(number) { try store.seal() }
        }
        for id in Set(spans.map(\.traceID)) { traces[id] = try store.trace(id).map(\.span) }
    }

    private func append(_ submission: Submission) throws {
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var outcome: Result<AppendOutcome, StoreError>?
        store.append(submission) {
            outcome = $0
            done.signal()
        }
        done.wait()
        _ = try outcome?.get()
    }

    /// What a query finds by looking at every trace.
    func expected(
        _ query: TraceQuery, _ window: ClosedRange<UInt64>
    ) throws -> [(cursor: TraceSearchCursor, sets: [SpanSet])] {
        let evaluator = try TraceEvaluator(query) { pattern throws(any Error) in
            nonisolated(unsafe) let regex = try Regex(pattern)
            return { $0.wholeMatch(of: regex) != nil }
        }
        return traces.compactMap { id, spans in
            let sets = evaluator.spanSets(of: TraceView(spans), window: window)
            guard let newest = sets.flatMap(\.rows).map({ spans[$0].startNanoseconds }).max() else { return nil }
            return (TraceSearchCursor(startNanoseconds: newest, traceID: id), sets)
        }.sorted { $0.cursor < $1.cursor }
    }
}

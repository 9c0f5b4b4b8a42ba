import Files
import Storage
import Telemetry
import Testing

@Suite struct SpanIdentityTests {
    private func span(_ number: Int, name: String) -> Span {
        Span(
            traceID: StoreSamples.trace(1), spanID: SpanID(5), name: name, kind: .server, startNanoseconds: 1,
            endNanoseconds: 2,
            attributes: (0..<20).map { Attribute("key.\($0)", .string("value")) } + [
                Attribute("n", .int(Int64(number)))
            ])
    }

    private func store(_ batches: [[Span]]) throws -> Store {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        for (index, spans) in batches.enumerated() {
            var submission = Submission(
                provenance: StoreSamples.provenance(
                    UInt64(index + 1), at: StoreSamples.received + UInt64(batches.count - index)))
            submission.spans = SpanBatch(spans)
            try store.appendAndWait(submission)
        }
        return store
    }

    @Test func equalSpansAreOneAndDifferentOnesAreMarked() throws {
        let store = try store([[span(1, name: "a"), span(2, name: "a")], [span(1, name: "a")], [span(3, name: "b")]])
        let spans = try store.trace(StoreSamples.trace(1))
        #expect(spans.count == 3)
        #expect(spans.allSatisfy { $0.hasConflict })
        // Of equal ones the first received stays.
        #expect(
            spans.first { $0.span == span(1, name: "a") }?.provenance.receivedNanoseconds
                == StoreSamples.received + 2)
        let same = try self.store([[span(1, name: "a")], [span(1, name: "a")]]).trace(StoreSamples.trace(1))
        #expect(same.map(\.hasConflict) == [false])
    }

    /// A sender that uses one span id for all makes the answer long, and not slow: comparing each with each would take
    /// billions of comparisons.
    @Test(.timeLimit(.minutes(1))) func anyNumberOfSpansMayShareAnID() throws {
        let spans = (0..<60_000).map { span($0, name: "a") }
        let found = try store([spans, Array(spans.prefix(1_000))]).trace(StoreSamples.trace(1))
        #expect(found.count == 60_000)
        #expect(found.allSatisfy { $0.hasConflict })
    }
}

import Files
import Storage
import Synchronization
import Telemetry
import Testing

/// A search finds what plain SQL finds over the same spans, in the same order, however they are stored.
@Suite struct SearchStoreTests {
    enum Layout: CaseIterable {
        case live
        case sealed
        case mixed
    }

    /// A store that has `spans`, in batches of a few; some batches are sent again.
    func store(_ spans: [Span], _ layout: Layout, _ random: inout SegmentRandom) throws -> Store {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        var next = 0
        var sequence: UInt64 = 0
        while next < spans.count {
            let count = min(spans.count - next, 1 + random.below(spans.count / 4))
            for _ in 0..<(random.below(6) == 0 ? 2 : 1) {
                sequence += 1
                try store.appendAndWait(
                    Submission(
                        spans: SpanBatch(spans[next..<next + count]), provenance: StoreSamples.provenance(sequence)))
                if layout != .live, random.below(3) == 0 { try store.seal() }
            }
            next += count
        }
        if layout == .sealed { try store.seal() }
        return store
    }

    private func row(_ match: SpanMatch) -> SearchOracle.Row {
        SearchOracle.Row(
            start: match.startNanoseconds, traceID: match.traceID.description, spanID: match.spanID.description,
            content: SearchOracle.content(of: match.span))
    }

    @Test(arguments: Layout.allCases)
    func findsWhatSQLFinds(_ layout: Layout) throws {
        let seed = SegmentFixture.seed
        for round in 0..<2 * SegmentFixture.soak {
            var maker = SearchRandom(seed: seed &+ UInt64(round))
            let spans = maker.spans(round % 2 == 0 ? 5_000 : 500)
            let oracle = try SearchOracle(spans)
            let store = try store(spans, layout, &maker.random)
            for number in 0..<30 {
                let filter = maker.filter(spans)
                let about: Comment = "seed \(seed), round \(round), filter \(number): \(filter)"
                var query = SpanQuery(filter, limit: 1 + maker.random.below(60))
                if maker.random.below(3) == 0 {
                    query.from = spans[maker.random.below(spans.count)].startNanoseconds
                    query.to = query.from + UInt64(maker.random.below(1_000_000))
                }
                let expected = try oracle.rows(filter, from: query.from, to: min(query.to, UInt64(Int64.max)))
                let first = try store.search(query)
                #expect(first.matches.map(row) == Array(expected.prefix(query.limit)), about)
                #expect(!first.isPartial && first.searchedDownTo == 0, about)
                let unpruned = try store.search(query, prunes: false)
                #expect(unpruned.matches == first.matches, about)
                if number % 4 == 0 { try page(through: store, query, expected.prefix(1_000), about) }
            }
            try store.close()
        }
    }

    private func page(
        through store: Store, _ query: SpanQuery, _ expected: ArraySlice<SearchOracle.Row>, _ about: Comment
    ) throws {
        var found: [SearchOracle.Row] = []
        var query = query
        while found.count < expected.count {
            let answer = try store.search(query)
            found += answer.matches.map(row)
            guard let next = answer.next, !answer.matches.isEmpty else { break }
            #expect(next == answer.matches.last?.cursor && SearchCursor(next.description) == next, about)
            query.after = next
        }
        #expect(found.prefix(expected.count).elementsEqual(expected), about)
        query.after = nil
        var streamed: [SearchOracle.Row] = []
        let answer = try store.forEachSpan(query, .whole) { match, _ in
            guard case .whole(let span) = match else { return false }
            streamed.append(
                SearchOracle.Row(
                    start: span.startNanoseconds, traceID: span.traceID.description, spanID: span.spanID.description,
                    content: SearchOracle.content(of: span)))
            return streamed.count < 300
        }
        #expect(streamed.elementsEqual(expected.prefix(300)), about)
        #expect(!answer.isPartial)
    }

    @Test func anAnswerThatIsCutShortSaysSo() throws {
        var maker = SearchRandom(seed: SegmentFixture.seed)
        let spans = maker.spans(20_000)
        let store = try store(spans, .sealed, &maker.random)
        defer { _ = try? store.close() }
        let filter = SpanFilter.compare(.name, .equal, .string("charge"))
        let whole = try store.search(SpanQuery(filter, limit: 5_000))
        var query = SpanQuery(filter, limit: 5_000)
        for bytes in [0, 1, 50_000, 200_000] {
            query.maximumBytes = bytes
            let answer = try store.search(query)
            #expect(answer.gaps == [.bytes(bytes)])
            #expect(answer.next == nil && answer.searchedDownTo > 0)
            // What it vouches for is all there.
            let vouched = whole.matches.filter { $0.startNanoseconds >= answer.searchedDownTo }
            #expect(answer.matches.prefix(vouched.count).elementsEqual(vouched))
            #expect(try store.search(query) == answer)
        }
        query.maximumBytes = .max
        query.maximumNanoseconds = 0
        #expect(try store.search(query).gaps == [.time(nanoseconds: 0)])
        query.maximumNanoseconds = .max
        let asked = Mutex(0)
        let cancelled = try store.search(query) {
            asked.withLock { asked in
                asked += 1
                return asked > 3
            }
        }
        #expect(cancelled.gaps == [.cancelled] && cancelled.isPartial)
        let streamed = try store.forEachSpan(query, isCancelled: { true }) { _, _ in true }
        #expect(streamed.gaps == [.cancelled])
    }

    /// Matches are given as soon as they are settled; of a search that is cut short none that are not, where that is wanted.
    @Test func settledMatchesComeBeforeTheSearchIsDone() throws {
        var maker = SearchRandom(seed: SegmentFixture.seed)
        let spans = maker.spans(20_000)
        let store = try store(spans, .sealed, &maker.random)
        defer { _ = try? store.close() }
        var query = SpanQuery(.compare(.name, .equal, .string("charge")), limit: 10_000)
        let whole = try store.search(query)
        let starts = whole.matches.map(\.startNanoseconds)
        try #require(starts.count > 1000)
        let first = try store.forEachSpan(query, isSettled: true) { _, _ in false }
        #expect(first.figures.rows < whole.figures.rows)
        for bytes in [1, 50_000, 200_000] {
            query.maximumBytes = bytes
            var some: [UInt64] = []
            let answer = try store.forEachSpan(query, isSettled: true) { match, _ in
                some.append(match.startNanoseconds)
                return true
            }
            #expect(answer.gaps.count == 1 && answer.searchedDownTo > 0)
            #expect(some == starts.filter { $0 >= answer.searchedDownTo }, "\(bytes)")
        }
    }

    @Test func matchesGroupByTrace() throws {
        let spans = (1...6 as ClosedRange<UInt64>).map { number in
            StoreSamples.payment(trace: StoreSamples.trace(number % 2), span: number, transaction: "T")
        }
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        try store.appendAndWait(Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance()))
        let answer = try store.search(SpanQuery(.compare(.service, .equal, .string("pay"))))
        #expect(answer.matches.map(\.spanID.rawValue) == [6, 5, 4, 3, 2, 1])
        let traces = answer.byTrace
        #expect(traces.map(\.traceID) == [StoreSamples.trace(0), StoreSamples.trace(1)])
        #expect(traces.map { $0.matches.map(\.spanID.rawValue) } == [[6, 4, 2], [5, 3, 1]])
        #expect(answer.matches[0].service == "pay" && answer.matches[0].durationNanoseconds == 1_000)
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        for limit in [0, -1, SpanQuery.maximumLimit + 1] {
            #expect(throws: StoreError.self) { try store.search(SpanQuery(.all, limit: limit)) }
        }
        let regex = SpanFilter.compare(.name, .matches, .string("("))
        #expect(throws: StoreError.self) { try store.search(SpanQuery(regex)) }
        #expect(try store.search(SpanQuery(.all, from: 5, to: 4)).matches.isEmpty)
    }
}

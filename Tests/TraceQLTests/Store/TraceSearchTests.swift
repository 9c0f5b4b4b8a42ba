import Collector
import Storage
import Telemetry
import TestSupport
import Testing
import TraceQL

/// A search finds what looking at every trace finds, in the same order, however the spans are stored.
@Suite struct TraceSearchTests {
    private func spans(_ random: inout Dice, traces: Int) -> [Span] {
        var spans: [Span] = []
        for _ in 0..<traces {
            var trace = RandomTrace(random.next())
            let shift = UInt64(random.below(60))
            spans += trace.spans(1 + random.below(8)).map { span in
                var span = span
                span.startNanoseconds += shift
                span.endNanoseconds += shift
                return span
            }
        }
        return spans.shuffled(using: &random)
    }

    @Test func findsWhatLookingAtEveryTraceFinds() throws {
        print("search: WAYBILL_SEED=\(Seed.value)")
        var random = Dice(Seed.value &+ 3)
        var found = 0
        for round in 0..<(Seed.isSoak ? 300 : 6) {
            let stored = try StoredTraces(spans(&random, traces: 60)) { _ in round % 3 != 0 && random.one(in: 2) }
            var queries = RandomQuery(random.next())
            for _ in 0..<60 {
                let query = queries.query()
                let window: ClosedRange<UInt64> = random.one(in: 3) ? 1010...1040 : 0 ... .max
                let expected = try stored.expected(query, window)
                var request = TraceSearchRequest(
                    query, from: window.lowerBound, to: window.upperBound, limit: 1 + random.below(30),
                    spansPerSpanSet: random.below(3))
                // Page by page, to the end.
                var pages: [FoundTrace] = []
                repeat {
                    let answer = try TraceSearch(store: stored.store).search(request)
                    #expect(!answer.isPartial && answer.traces.count <= request.limit)
                    pages += answer.traces
                    request.after = answer.next
                } while request.after != nil && pages.count <= expected.count
                #expect(pages.map(\.cursor) == expected.map(\.cursor), "\(query)")
                try stream(stored.store, request, expected.map(\.cursor), &random)
                for (trace, wanted) in zip(pages, expected) {
                    #expect(trace.spanSets.map(\.matched) == wanted.sets.map(\.rows.count), "\(query)")
                    #expect(trace.spanSets.map(\.attributes) == wanted.sets.map(\.attributes), "\(query)")
                    #expect(trace.spanCount == stored.traces[trace.traceID]?.count)
                    let most = request.spansPerSpanSet == 0 ? Int.max : request.spansPerSpanSet
                    #expect(trace.spanSets.allSatisfy { $0.spans.count == min($0.matched, most) })
                }
                found += pages.count
            }
            try stored.store.close()
        }
        #expect(found > 1000)
    }

    /// As they are found, with stops on the way, and with an end before all are found.
    private func stream(
        _ store: Store, _ request: TraceSearchRequest, _ expected: [TraceSearchCursor], _ random: inout Dice
    ) throws {
        var request = request
        request.after = nil
        let most = random.one(in: 2) ? Int.max : 1 + random.below(20)
        var found: [TraceSearchCursor] = []
        while true {
            let stop = 1 + random.below(12)
            var isStopped = false
            let end = try TraceSearch(store: store).forEachTrace(request, most: most - found.count) { trace in
                found.append(trace.cursor)
                isStopped = found.count % stop == 0
                return !isStopped
            }
            #expect(!end.isPartial)
            if isStopped, found.count < most {
                #expect(end.next == found.last)
            } else {
                #expect(end.next == nil || found.count == most)
                break
            }
            request.after = end.next
        }
        #expect(found == Array(expected.prefix(most)), "\(request.query)")
    }

    @Test func metricsCountWhatLookingAtEverySpanCounts() throws {
        print("metrics: WAYBILL_SEED=\(Seed.value)")
        var random = Dice(Seed.value &+ 4)
        let stored = try StoredTraces(spans(&random, traces: 80)) { _ in random.one(in: 2) }
        var queries = RandomQuery(random.next())
        var byColumns = 0
        for round in 0..<(Seed.isSoak ? 6000 : 300) {
            // Half of them look at spans alone: those columns may answer.
            var query =
                round % 2 == 0 ? queries.query() : TraceQuery(stages: [.spanSets(.filter(queries.condition(2)))])
            query.metrics = MetricsStage(
                random.pick([
                    .countOverTime, .rate, .sumOverTime(.intrinsic(.childCount)), .maxOverTime(.intrinsic(.duration)),
                    .minOverTime(queries.attribute()), .avgOverTime(queries.attribute()),
                    .quantileOverTime(.intrinsic(.duration), [0.5]), .histogramOverTime(.intrinsic(.duration)),
                ]), by: (0..<random.below(3)).map { _ in queries.field() })
            if MetricsColumns(query) != nil { byColumns += 1 }
            let steps = try #require(MetricsSteps(start: 1003, end: 1061, step: 10))
            let stage = try #require(query.metrics)
            var accumulator = MetricsAccumulator(stage, steps)
            var search = query
            search.metrics = nil
            for (cursor, sets) in try stored.expected(search, steps.window) {
                let view = TraceView(stored.traces[cursor.traceID] ?? [])
                for row in sets.flatMap(\.rows) { accumulator.observe(view, row) }
            }
            let answer = try TraceMetrics(store: stored.store).range(query, start: 1003, end: 1061, step: 10)
            #expect(!answer.isPartial)
            let expected = accumulator.series()
            #expect(answer.series.map(\.labels) == expected.map(\.labels), "\(query)")
            for (one, other) in zip(answer.series, expected) {
                #expect(one.samples.map(\.timeNanoseconds) == other.samples.map(\.timeNanoseconds), "\(query)")
                // Sums differ by the order of their parts.
                #expect(
                    zip(one.samples, other.samples).allSatisfy { abs($0.value - $1.value) <= 1e-9 * abs($1.value) },
                    "\(query)")
            }
        }
        #expect(byColumns > 30)
        try stored.store.close()
    }

    @Test func budgetsEndASearchAtAPlaceToGoOnFrom() throws {
        var random = Dice(7)
        let stored = try StoredTraces(spans(&random, traces: 50)) { $0 % 2 == 0 }
        let search = TraceSearch(store: stored.store)
        let all = try search.search(TraceSearchRequest(limit: 1000))
        #expect(all.next == nil && all.traces.count == 50)
        var request = TraceSearchRequest(limit: 1000)
        request.budget.traces = 8
        var pieces: [TraceID] = []
        while true {
            let answer = try search.search(request)
            pieces += answer.traces.map(\.traceID)
            guard let next = answer.next else { break }
            #expect(answer.gaps == [.traces(8)])
            try #require(request.after.map { $0 < next } ?? true)
            request.after = next
        }
        #expect(pieces == all.traces.map(\.traceID))
        request = TraceSearchRequest()
        request.budget.nanoseconds = 0
        #expect(try search.search(request).isPartial)
        #expect(try search.search(TraceSearchRequest(), isCancelled: { true }).gaps.contains(.search(.cancelled)))
        let metrics = try TraceMetrics(store: stored.store).range(
            try TraceQuery.checked("{ } | rate()"), start: 1000, end: 1050, step: 10, isCancelled: { true })
        #expect(metrics.isPartial && metrics.series.isEmpty)
        try stored.store.close()
    }

    @Test func everyTraceIsStreamedOnce() throws {
        var random = Dice(11)
        let stored = try StoredTraces(spans(&random, traces: 50)) { $0 % 2 == 0 }
        let search = TraceSearch(store: stored.store)
        var streamed: [TraceID] = []
        let end = try search.forEachTrace(TraceSearchRequest(limit: 7)) {
            streamed.append($0.traceID)
            return true
        }
        #expect(end.next == nil && !end.isPartial)
        #expect(streamed == (try search.search(TraceSearchRequest(limit: 1000))).traces.map(\.traceID))
        let some = try search.traces(matching: .compare(.status, .equal, .int(2)), limit: 5)
        #expect(some.traces.count == 5 && !some.isPartial)
        for (id, spans) in some.traces {
            #expect(spans.contains { $0.span.status.isError })
            #expect(spans.map(\.span) == stored.traces[id])
        }
        try stored.store.close()
    }

    @Test func refusals() throws {
        let stored = try StoredTraces([]) { _ in false }
        let search = TraceSearch(store: stored.store)
        let metrics = TraceMetrics(store: stored.store)
        let rate = try TraceQuery.checked("{ } | rate()")
        for request in [TraceSearchRequest(limit: 0), TraceSearchRequest(limit: 1001), TraceSearchRequest(rate)] {
            let error = #expect(throws: StoreError.self) { try search.search(request) }
            #expect(error?.code == .invalidQuery)
        }
        #expect(throws: StoreError.self) { try metrics.range(.all, start: 1, end: 2, step: 1) }
        #expect(throws: StoreError.self) { try metrics.range(rate, start: 2, end: 1, step: 1) }
        #expect(throws: StoreError.self) { try metrics.range(rate, start: 0, end: 1_000_000, step: 1) }
        #expect(throws: StoreError.self) { try metrics.instant(rate, start: 5, end: 5) }
        let zero = try metrics.range(rate, start: 10, end: 30, step: 10)
        #expect(zero.series.map(\.samples) == [[20, 30].map { .init(timeNanoseconds: $0, value: 0) }])
        #expect(throws: TraceQLError.self) { try TraceQuery.checked("{ .a =~ `(` }") }
        try stored.store.close()
    }
}

import NIOCore
import Storage
import Telemetry
import TraceQL

/// One search for traces.
///
/// Candidates are spans that may be in an answer, the newest first, as storage gives them. Each new trace among them is
/// read and evaluated whole. A trace's place is that of its newest span in the answer, which is a candidate itself: so
/// what is still to come has its place at the candidate or behind, and what was found before it is settled, and given out.
/// (A trace that got newer spans while it was searched for is given where it was found.)
struct TraceSearchRun {
    /// Where at most this many spans are witnesses, the traces are those that have them.
    private static let maximumWitnesses = 256
    private static let maximumWitnessSearches = 4
    /// Spans that the found traces may hold together: a page ends before the trace that would bring more, unless it is its
    /// first.
    private static let maximumHeldSpans = 50_000

    private let store: Store
    private let request: TraceSearchRequest
    private let evaluator: TraceEvaluator
    private let plan: SearchPlan
    private let shown: [Field]
    private let started = NIODeadline.now()
    private var answer = TraceSearchAnswer()
    /// The best so far, in order; at most `limit`. Those that were given out have no spans any more.
    private var found: [FoundTrace] = []
    /// How many of them were given out.
    private var given = 0
    /// As many as are asked for, or fewer where these hold many spans.
    private var limit: Int
    private var heldSpans = 0
    private var hasMore = false

    init(_ store: Store, _ request: TraceSearchRequest) throws(StoreError) {
        guard 1...TraceSearchRequest.maximumLimit ~= request.limit else {
            throw StoreError(
                .invalidQuery,
                "a search for \(request.limit) traces: from 1 to \(TraceSearchRequest.maximumLimit) can be asked for")
        }
        guard request.query.metrics == nil else {
            throw StoreError(.invalidQuery, "a metrics query finds series, not traces; leave its function out")
        }
        self.store = store
        self.request = request
        limit = request.limit
        evaluator = try TraceEvaluator(request.query)
        plan = SearchPlan(request.query)
        shown = request.query.shownFields
    }

    /// The answer has no traces: `body` gets each as soon as its place is known, until it returns false; the answer then
    /// goes on behind that trace.
    mutating func run(
        _ isCancelled: () -> Bool, _ body: (FoundTrace) -> Bool
    ) throws(StoreError) -> TraceSearchAnswer {
        guard request.from <= request.to, plan.answer != .none else { return answer }
        if let id = plan.traceID {
            try consider(id)
        } else if let traces = try fewCandidates(isCancelled) {
            for id in traces {
                if let gap = exhausted(isCancelled) {
                    answer.gaps.append(gap)
                    break
                }
                try consider(id)
            }
        } else {
            return try stream(isCancelled, body)
        }
        answer.next = hasMore ? end : nil
        _ = give(upTo: nil, body)
        return answer
    }

    /// Gives out what comes before `place`, or all; whether more is wanted.
    private mutating func give(upTo place: TraceSearchCursor?, _ body: (FoundTrace) -> Bool) -> Bool {
        while given < found.count {
            if let place, !(found[given].cursor < place) { return true }
            let isWanted = body(found[given])
            heldSpans -= found[given].heldSpanCount
            found[given].spanSets = []
            given += 1
            guard isWanted else {
                answer.next = found[..<given].lazy.map(\.cursor).max()
                return false
            }
        }
        return true
    }

    /// The place of the last of the found traces.
    private var end: TraceSearchCursor? { found.lazy.map(\.cursor).max() }

    private mutating func stream(
        _ isCancelled: () -> Bool, _ body: (FoundTrace) -> Bool
    ) throws(StoreError) -> TraceSearchAnswer {
        var seen: Set<TraceID> = []
        var stop: (gap: TraceSearchGap?, place: TraceSearchCursor)?
        let left = request.budget.less(answer.figures, since: started)
        let query = SpanQuery(
            plan.answer, from: request.from, to: min(request.to, request.after?.startNanoseconds ?? .max),
            maximumBytes: left.bytes, maximumNanoseconds: left.nanoseconds)
        var isWanted = true
        let outcome = try store.forEachSpan(query, isSettled: true, isCancelled: isCancelled) {
            match, _ throws(StoreError) in
            let place = TraceSearchCursor(startNanoseconds: match.startNanoseconds, traceID: match.traceID)
            isWanted = give(upTo: place, body)
            guard isWanted else { return false }
            if found.count == limit, let last = found.last, last.cursor < place {
                stop = (nil, place)
                return false
            }
            guard !seen.contains(match.traceID) else { return true }
            if let gap = exhausted(isCancelled) {
                stop = (gap, place)
                return false
            }
            seen.insert(match.traceID)
            try consider(match.traceID)
            return true
        }
        answer.figures.search.include(outcome.figures)
        guard isWanted else {
            answer.gaps += outcome.gaps.map { .search($0) }
            return answer
        }
        var gaps = outcome.gaps.map { TraceSearchGap.search($0) }
        var settled: TraceSearchCursor?
        if let stop {
            if let gap = stop.gap {
                gaps.append(gap)
                settled = stop.place.previous
            } else {
                hasMore = true
            }
        } else if outcome.searchedDownTo > 0 {
            settled = TraceSearchCursor(
                startNanoseconds: outcome.searchedDownTo, traceID: TraceID(high: .max, low: .max))
        }
        if let settled {
            // Of what is behind that place a newer one may not have been seen yet.
            found.removeAll { settled < $0.cursor }
            if found.count == limit {
                // The page is whole all the same.
                gaps.removeAll(where: \.isEnd)
                hasMore = true
            } else {
                answer.next = settled
            }
        }
        answer.gaps += gaps
        if answer.next == nil, hasMore { answer.next = end }
        _ = give(upTo: nil, body)
        return answer
    }

    /// The traces that have a witness of which there are few; `nil` where there is none such.
    private mutating func fewCandidates(_ isCancelled: () -> Bool) throws(StoreError) -> [TraceID]? {
        var fewest: Set<TraceID>?
        for witness in plan.witnesses.prefix(Self.maximumWitnessSearches) {
            let query = SpanQuery(
                witness.filter, from: witness.isInWindow ? request.from : 0, to: witness.isInWindow ? request.to : .max,
                limit: Self.maximumWitnesses, maximumBytes: request.budget.bytes / 16,
                maximumNanoseconds: request.budget.nanoseconds / 40)
            let outcome = try store.search(query, isCancelled: isCancelled)
            answer.figures.search.include(outcome.figures)
            guard outcome.next == nil, outcome.gaps.isEmpty else { continue }
            let traces = Set(outcome.matches.map(\.traceID))
            if fewest.map({ traces.count < $0.count }) ?? true { fewest = traces }
        }
        return fewest?.sorted()
    }

    private mutating func consider(_ id: TraceID) throws(StoreError) {
        let stored = try store.traceAnswer(id)
        for error in stored.unreadable { answer.gaps.append(.unreadable(id, reason: error.description)) }
        answer.figures.inspectedTraces += 1
        answer.figures.inspectedSpans += stored.spans.count
        let trace = TraceView(stored.spans.map(\.span))
        let sets = evaluator.spanSets(of: trace, window: request.from...request.to)
        if sets.isEmpty { return }
        let cursor = TraceSearchCursor(trace, sets)
        if let after = request.after, !(after < cursor) { return }
        let place = max(given, found.firstIndex { cursor < $0.cursor } ?? found.count)
        guard place < limit else {
            hasMore = true
            return
        }
        let new = FoundTrace(trace, sets, shown: shown, spansPerSpanSet: request.spansPerSpanSet)
        heldSpans += new.heldSpanCount
        found.insert(new, at: place)
        while found.count > limit || heldSpans > Self.maximumHeldSpans && found.count > max(1, given) {
            limit = min(limit, found.count - 1)
            heldSpans -= found.removeLast().heldSpanCount
            hasMore = true
        }
    }

    private func exhausted(_ isCancelled: () -> Bool) -> TraceSearchGap? {
        if isCancelled() { return .search(.cancelled) }
        let budget = request.budget
        if answer.figures.inspectedTraces >= budget.traces { return .traces(budget.traces) }
        if answer.figures.inspectedSpans >= budget.spans { return .spans(budget.spans) }
        let elapsed = UInt64(max(0, (NIODeadline.now() - started).nanoseconds))
        return elapsed >= budget.nanoseconds ? .search(.time(nanoseconds: budget.nanoseconds)) : nil
    }
}

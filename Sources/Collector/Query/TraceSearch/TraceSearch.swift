import NIOCore
import Storage
import Telemetry
import TraceQL

/// Searches a store for traces.
///
/// Traces are evaluated whole, as they are stored when they are read. They come in the order of `TraceSearchCursor`: the
/// trace with the newest span in the answer first. The same search over the same spans has the same answer, however they
/// are stored; only an answer that says that it is partial may differ.
///
/// ```swift
/// let query = try TraceQuery.checked("{ resource.service.name = `ledger` && status = error }")
/// let answer = try TraceSearch(store: store).search(TraceSearchRequest(query, limit: 20))
/// ```
public struct TraceSearch: Sendable {
    let store: Store

    public init(store: Store) { self.store = store }

    /// Throws `.invalidQuery` where a search would, and does not search.
    func check(_ request: TraceSearchRequest) throws(StoreError) {
        var request = request
        request.limit = min(request.limit, TraceSearchRequest.maximumLimit)
        _ = try TraceSearchRun(store, request)
    }

    /// One page of what matches. Blocks while it reads; `isCancelled` is asked between traces and between blocks.
    ///
    /// - Throws: `.invalidQuery` for a request that makes no sense; else only what concerns the whole store.
    public func search(
        _ request: TraceSearchRequest, isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> TraceSearchAnswer {
        var run = try TraceSearchRun(store, request)
        var traces: [FoundTrace] = []
        var answer = try run.run(isCancelled) { trace in
            traces.append(trace)
            return true
        }
        answer.traces = traces
        return answer
    }

    /// Calls `body` with all that matches, each trace as soon as its place in the order is known, until it returns false
    /// or the budget of the request, which is for all of it together, is used up. `limit` of the request is how many are
    /// looked for at a time. The answer that is returned has no traces, only what is to be said of the search; after a
    /// `body` that returned false its `next` is behind the last trace that it was given.
    ///
    /// - Parameter most: traces in all.
    public func forEachTrace(
        _ request: TraceSearchRequest, most: Int = .max, isCancelled: () -> Bool = { false },
        _ body: (FoundTrace) -> Bool
    ) throws(StoreError) -> TraceSearchAnswer {
        var page = request
        var total = TraceSearchAnswer()
        var isWanted = true
        var given = 0
        let started = NIODeadline.now()
        while true {
            page.limit = min(request.limit, most - given)
            var run = try TraceSearchRun(store, page)
            let answer = try run.run(isCancelled) { trace in
                given += 1
                isWanted = body(trace)
                return isWanted
            }
            total.add(answer)
            // What was cut short goes no further: what came after would not be all that there is.
            guard isWanted, given < most, let next = answer.next, !answer.isCutShort else { return total }
            page.after = next
            page.budget = request.budget.less(total.figures, since: started)
        }
    }

    /// The newest traces that have a span that passes `filter` and started in the window, each with all its spans.
    public func traces(
        matching filter: SpanFilter, from: UInt64 = 0, to: UInt64 = .max, limit: Int,
        budget: TraceSearchRequest.Budget = .init(), isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> MatchingTraces {
        var found = MatchingTraces()
        var seen: Set<TraceID> = []
        guard limit > 0 else { return found }
        let query = SpanQuery(
            filter, from: from, to: to, maximumBytes: budget.bytes, maximumNanoseconds: budget.nanoseconds)
        let answer = try store.forEachSpan(query, isCancelled: isCancelled) { match, _ throws(StoreError) in
            guard seen.insert(match.traceID).inserted else { return true }
            let trace = try store.traceAnswer(match.traceID)
            for error in trace.unreadable {
                found.gaps.append(.unreadable(match.traceID, reason: error.description))
            }
            if !trace.spans.isEmpty { found.traces.append((match.traceID, trace.spans)) }
            return found.traces.count < limit
        }
        found.gaps += answer.gaps.map { .search($0) }
        return found
    }
}

/// Traces found by a filter over spans.
public struct MatchingTraces: Sendable {
    /// The trace with the newest matching span first; the spans by start.
    public var traces: [(traceID: TraceID, spans: [StoredSpan])] = []
    /// Why there may be more.
    public var gaps: [TraceSearchGap] = []

    public var isPartial: Bool { !gaps.isEmpty }
}

extension TraceSearchAnswer {
    /// Takes in what is to be said of a further part of the same search.
    mutating func add(_ part: TraceSearchAnswer) {
        figures.add(part.figures)
        for gap in part.gaps where !gaps.contains(gap) { gaps.append(gap) }
        next = part.next
    }

    /// Whether the search stopped before its end.
    var isCutShort: Bool { gaps.contains(where: \.isEnd) }
}

extension TraceSearchRequest.Budget {
    /// What is left of it.
    func less(_ figures: TraceSearchAnswer.Figures, since started: NIODeadline) -> TraceSearchRequest.Budget {
        let elapsed = UInt64(max(0, (NIODeadline.now() - started).nanoseconds))
        var left = self
        left.bytes = max(0, bytes - figures.search.bytes)
        left.nanoseconds = nanoseconds > elapsed ? nanoseconds - elapsed : 0
        left.traces = max(0, traces - figures.inspectedTraces)
        left.spans = max(0, spans - figures.inspectedSpans)
        return left
    }
}

extension TraceSearchAnswer.Figures {
    mutating func add(_ other: TraceSearchAnswer.Figures) {
        inspectedTraces += other.inspectedTraces
        inspectedSpans += other.inspectedSpans
        search.include(other.search)
    }
}

extension SearchFigures {
    mutating func include(_ other: SearchFigures) {
        segments = max(segments, other.segments)
        openedSegments += other.openedSegments
        groups += other.groups
        groupsRuledOut += other.groupsRuledOut
        groupsWithoutMatch += other.groupsWithoutMatch
        blocks += other.blocks
        rows += other.rows
        liveRows += other.liveRows
        bytes += other.bytes
    }
}

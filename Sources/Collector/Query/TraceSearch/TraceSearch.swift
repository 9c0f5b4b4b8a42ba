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

    /// One page of what matches. Blocks while it reads; `isCancelled` is asked between traces and between blocks.
    ///
    /// - Throws: `.invalidQuery` for a request that makes no sense; else only what concerns the whole store.
    public func search(
        _ request: TraceSearchRequest, isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> TraceSearchAnswer {
        var run = try TraceSearchRun(store, request)
        return try run.run(isCancelled)
    }

    /// Calls `body` with all that matches, page after page of `request.limit` traces, until it returns false or the
    /// budget of the request, which is for all pages together, is used up. The answer that is returned has no traces, only
    /// what is to be said of the search.
    public func forEachTrace(
        _ request: TraceSearchRequest, isCancelled: () -> Bool = { false }, _ body: (FoundTrace) -> Bool
    ) throws(StoreError) -> TraceSearchAnswer {
        var page = request
        var total = TraceSearchAnswer()
        let started = NIODeadline.now()
        while true {
            let answer = try search(page, isCancelled: isCancelled)
            total.figures.add(answer.figures)
            for gap in answer.gaps where !total.gaps.contains(gap) { total.gaps.append(gap) }
            total.next = answer.next
            for trace in answer.traces where !body(trace) {
                total.next = trace.cursor
                return total
            }
            // What was cut short goes no further: what came after would not be all that there is.
            guard let next = answer.next, !answer.isCutShort else { return total }
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

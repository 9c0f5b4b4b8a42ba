extension Store {
    /// The newest spans that match, of all acknowledged, live and sealed, at one moment. The same search over the same
    /// spans has the same answer, however they are stored: only an answer that says that it is partial may differ.
    ///
    /// Blocks while it reads; `isCancelled` is asked between blocks.
    ///
    /// - Throws: `.invalidQuery` for a query that makes no sense; else only what concerns the whole store.
    public func search(
        _ query: SpanQuery, isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> SearchAnswer {
        try search(query, prunes: true, isCancelled: isCancelled)
    }

    package func search(
        _ query: SpanQuery, prunes: Bool, isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> SearchAnswer {
        let snapshot = shared.state.withLock { SearchSnapshot($0) }
        return try SearchRun.run(query, snapshot, prunes: prunes, isCancelled: isCancelled)
    }

    /// Calls `body` with all spans that match, the newest first, until it returns false: of each what `projection` wants,
    /// read from the columns that hold it. All come from one moment of the store. `limit` of the query is not looked at.
    ///
    /// The answer that is returned has no matches, only what is to be said of the search.
    ///
    /// - Parameters:
    ///   - isSettled: Of a search that is cut short `body` is given none behind the place that it came to, as newer ones may
    ///     have been missed there.
    ///   - body: is also given the groups that the spans' `ProjectedRow.group` counts in.
    /// - Throws: `.invalidQuery` for a query that makes no sense; else only what concerns the whole store.
    public func forEachSpan(
        _ query: SpanQuery, _ projection: SpanProjection = .bare, isSettled: Bool = false,
        isCancelled: () -> Bool = { false },
        _ body: (ProjectedSpan, SpanGroups) throws(StoreError) -> Bool
    ) throws(StoreError) -> SearchAnswer {
        try forEachSpan(
            query, projection, MatchSweep.maximumWaiting, isSettled: isSettled, isCancelled: isCancelled, body)
    }

    /// - Parameter maximumWaiting: how many matches are held until it is known that none comes before them.
    package func forEachSpan(
        _ query: SpanQuery, _ projection: SpanProjection, _ maximumWaiting: Int, isSettled: Bool = false,
        isCancelled: () -> Bool,
        _ body: (ProjectedSpan, SpanGroups) throws(StoreError) -> Bool
    ) throws(StoreError) -> SearchAnswer {
        let snapshot = shared.state.withLock { SearchSnapshot($0) }
        let started = MonotonicClock.nanoseconds()
        let projector = SpanProjector(projection)
        var pass = query
        pass.limit = 1
        var total = SearchAnswer()
        while true {
            let (answer, cut) = try SearchRun.sweep(
                pass, snapshot, projector, maximumWaiting, isSettled: isSettled, isCancelled: isCancelled, body)
            total.figures.add(answer.figures)
            for gap in answer.gaps where !total.gaps.contains(gap) { total.gaps.append(gap) }
            total.searchedDownTo = answer.searchedDownTo
            guard let cut, answer.searchedDownTo == 0 else { return total }
            let elapsed = MonotonicClock.nanoseconds() - started
            pass.to = cut
            pass.maximumBytes = max(0, query.maximumBytes - total.figures.bytes)
            pass.maximumNanoseconds = query.maximumNanoseconds > elapsed ? query.maximumNanoseconds - elapsed : 0
        }
    }
}

/// Runs one search; the caller's closures live as long.
enum SearchRun {
    static func run(
        _ query: SpanQuery, _ snapshot: SearchSnapshot, prunes: Bool, isCancelled: () -> Bool
    ) throws(StoreError) -> SearchAnswer {
        let outcome = withoutActuallyEscaping(isCancelled) { isCancelled -> Result<SearchAnswer, StoreError> in
            do throws(StoreError) {
                let newest = NewestMatches(limit: query.limit, after: query.after)
                var search = try SpanSearch(query, newest, prunes: prunes, isCancelled: isCancelled)
                return .success(try search.newest(snapshot))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// - Returns: what is to be said of the search, and from where on, downwards, it is to go on.
    static func sweep(
        _ query: SpanQuery, _ snapshot: SearchSnapshot, _ projector: SpanProjector, _ maximumWaiting: Int,
        isSettled: Bool, isCancelled: () -> Bool,
        _ body: (ProjectedSpan, SpanGroups) throws(StoreError) -> Bool
    ) throws(StoreError) -> (SearchAnswer, cut: UInt64?) {
        typealias Outcome = Result<(SearchAnswer, cut: UInt64?), StoreError>
        let outcome = withoutActuallyEscaping(isCancelled) { isCancelled -> Outcome in
            withoutActuallyEscaping(body) { body -> Outcome in
                do throws(StoreError) {
                    let sweep = MatchSweep(
                        projector, after: query.after, maximumWaiting: maximumWaiting, takesUnsettled: !isSettled
                    ) { span throws(StoreError) in
                        try body(span, projector.groups)
                    }
                    var search = try SpanSearch(query, sweep, isCancelled: isCancelled)
                    let answer = try search.run(snapshot)
                    return .success((answer, search.sink.isSatisfied ? nil : search.sink.cut))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try outcome.get()
    }
}

extension SpanSearch<NewestMatches> {
    mutating func newest(_ snapshot: SearchSnapshot) throws(StoreError) -> SearchAnswer {
        var answer = try run(snapshot)
        let (matches, hasMore) = try sink.take()
        answer.matches = matches
        for gap in sink.gaps where !answer.gaps.contains(gap) { answer.gaps.append(gap) }
        if answer.searchedDownTo == 0, hasMore || hasLeft { answer.next = matches.last?.cursor }
        return answer
    }
}

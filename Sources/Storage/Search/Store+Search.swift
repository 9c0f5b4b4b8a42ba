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

    /// Calls `body` with all matches, the newest first, until it returns false. All come from one moment of the store;
    /// `limit` of the query is how many are looked for at a time. The answer that is returned has no matches, only what
    /// is to be said of the search.
    public func forEachMatch(
        _ query: SpanQuery, isCancelled: () -> Bool = { false }, _ body: (SpanMatch) throws(StoreError) -> Bool
    ) throws(StoreError) -> SearchAnswer {
        let snapshot = shared.state.withLock { SearchSnapshot($0) }
        let started = MonotonicClock.nanoseconds()
        var page = query
        var total = SearchAnswer()
        while true {
            var answer = try SearchRun.run(page, snapshot, prunes: true, isCancelled: isCancelled)
            total.figures.add(answer.figures)
            for gap in answer.gaps where !total.gaps.contains(gap) { total.gaps.append(gap) }
            total.searchedDownTo = max(total.searchedDownTo, answer.searchedDownTo)
            let matches = answer.matches
            answer.matches = []
            for match in matches {
                guard try body(match) else {
                    total.next = match.cursor
                    return total
                }
            }
            let elapsed = MonotonicClock.nanoseconds() - started
            // What was cut short goes no further: what came after would not be all that there is.
            guard let next = answer.next, answer.searchedDownTo == 0 else {
                total.next = answer.next
                return total
            }
            page.after = next
            page.limit = min(SpanQuery.maximumLimit, page.limit * 2)
            page.maximumBytes = max(0, query.maximumBytes - total.figures.bytes)
            page.maximumNanoseconds = query.maximumNanoseconds > elapsed ? query.maximumNanoseconds - elapsed : 0
        }
    }
}

/// Runs one search; the caller's closure lives as long.
enum SearchRun {
    static func run(
        _ query: SpanQuery, _ snapshot: SearchSnapshot, prunes: Bool, isCancelled: () -> Bool
    ) throws(StoreError) -> SearchAnswer {
        let outcome = withoutActuallyEscaping(isCancelled) { isCancelled -> Result<SearchAnswer, StoreError> in
            do throws(StoreError) {
                var search = try SpanSearch(query, prunes: prunes, isCancelled: isCancelled)
                return .success(try search.run(snapshot))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

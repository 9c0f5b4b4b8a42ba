import Telemetry

/// The newest of all matches found so far, at most as many as are asked for; equal spans once.
struct NewestMatches: MatchSink {
    private let limit: Int
    private let after: SearchCursor?
    private var places = CandidatePlaces()
    private var candidates: [Candidate] = []
    private var hasMore = false
    /// Candidates put in since they were in order last.
    private var unsettled = 0
    private(set) var worstStart: UInt64?
    let isSatisfied = false

    init(limit: Int, after: SearchCursor?) {
        self.limit = limit
        self.after = after
    }

    var gaps: [SearchAnswer.Gap] { places.gaps }

    mutating func open(_ live: LiveBatch, _ rows: [Int]) -> Int { places.add(.live(live)) }

    mutating func open(_ scan: GroupScan, index: Int, _ rows: inout BlockScan, path: String) -> Int {
        places.add(.block(scan, index: index))
    }

    mutating func passOver() { hasMore = true }

    mutating func insert(_ candidate: Candidate) {
        // One with the very ids of the last match is decided by its content.
        if let after, candidate.isBefore(after) { return }
        guard mayTake(start: candidate.start) else { return passOver() }
        candidates.append(candidate)
        unsettled += 1
    }

    /// Called after each block; long answers are not put in order for a few that are new.
    mutating func settle(frontier: UInt64?) throws(StoreError) {
        if unsettled > limit / 16 { try settle() }
    }

    /// Puts the candidates in order and lets go of those beyond the limit.
    private mutating func settle() throws(StoreError) {
        unsettled = 0
        candidates.sort { $0.precedes($1) }
        var settled: [Candidate] = []
        settled.reserveCapacity(candidates.count)
        var next = 0
        while next < candidates.count {
            let first = next
            next += 1
            while next < candidates.count, candidates[next].hasSameIdentity(as: candidates[first]) { next += 1 }
            settled += try places.distinct(candidates[first..<next], after: after)
        }
        candidates = settled
        guard candidates.count >= limit else { return }
        if candidates.count > limit {
            hasMore = true
            candidates.removeLast(candidates.count - limit)
        }
        worstStart = candidates[limit - 1].start
    }

    /// The matches in order, read as a whole, and whether there are more.
    mutating func take() throws(StoreError) -> (matches: [SpanMatch], hasMore: Bool) {
        if unsettled > 0 { try settle() }
        var matches: [SpanMatch] = []
        matches.reserveCapacity(candidates.count)
        for candidate in candidates {
            if let match = try places.match(candidate) { matches.append(match) }
        }
        return (matches, hasMore)
    }
}

import Telemetry

/// The newest of all matches found so far, at most as many as are asked for; equal spans once.
struct NewestMatches {
    private let limit: Int
    private let after: SearchCursor?
    private var places: [Candidate.Place] = []
    private var candidates: [Candidate] = []
    private var hasMore = false
    /// Candidates put in since they were in order last.
    private var unsettled = 0
    private var reading = MatchReading()
    /// Why candidates could not be read: they are left out.
    private(set) var gaps: [SearchAnswer.Gap] = []

    init(limit: Int, after: SearchCursor?) {
        self.limit = limit
        self.after = after
    }

    /// What starts before this is of no use any more; `nil` while everything is.
    private(set) var worstStart: UInt64?

    mutating func add(_ place: Candidate.Place) -> Int {
        places.append(place)
        return places.count - 1
    }

    func mayTake(start: UInt64) -> Bool { worstStart.map { start >= $0 } ?? true }

    /// Something matches that is not among the newest.
    mutating func passOver() { hasMore = true }

    mutating func insert(_ candidate: Candidate) {
        if let after {
            let cursor = SearchCursor(
                startNanoseconds: candidate.start, traceID: candidate.traceID, spanID: candidate.spanID,
                content: after.content)
            // One with the very ids of the last match is decided by its content.
            if cursor < after { return }
        }
        guard mayTake(start: candidate.start) else { return passOver() }
        candidates.append(candidate)
        unsettled += 1
    }

    /// Puts the candidates in order and lets go of those beyond the limit. Called after each block; long answers are not
    /// put in order for a few that are new.
    mutating func settle(isLast: Bool = false) throws(StoreError) {
        guard isLast ? unsettled > 0 : unsettled > limit / 16 else { return }
        unsettled = 0
        candidates.sort { $0.precedes($1) }
        try settleTies()
        guard candidates.count >= limit else { return }
        if candidates.count > limit {
            hasMore = true
            candidates.removeLast(candidates.count - limit)
        }
        worstStart = candidates[limit - 1].start
    }

    /// Candidates with the same start and ids: equal ones become the one that was received first, others are ordered by
    /// content. Those at the cursor that the page before had are left out.
    private mutating func settleTies() throws(StoreError) {
        var settled: [Candidate] = []
        settled.reserveCapacity(candidates.count)
        var next = 0
        while next < candidates.count {
            let first = next
            next += 1
            while next < candidates.count, candidates[next].hasSameIdentity(as: candidates[first]) { next += 1 }
            let isAtCursor = after.map { cursor in
                candidates[first].start == cursor.startNanoseconds && candidates[first].traceID == cursor.traceID
                    && candidates[first].spanID == cursor.spanID
            }
            if next - first == 1, isAtCursor != true {
                settled.append(candidates[first])
                continue
            }
            var contents: [(content: ContentSum, provenance: Provenance, candidate: Candidate)] = []
            for candidate in candidates[first..<next] {
                guard
                    let (content, provenance) = try read(
                        candidate, { reading, place throws(StoreError) in try reading.origin(candidate, place) })
                else { continue }
                if let after, isAtCursor == true, content.head <= after.content { continue }
                if let equal = contents.firstIndex(where: { $0.content == content }) {
                    if provenance.precedes(contents[equal].provenance) {
                        contents[equal] = (content, provenance, candidate)
                    }
                } else {
                    contents.append((content, provenance, candidate))
                }
            }
            settled += contents.sorted { $0.content.precedes($1.content) }.map(\.candidate)
        }
        candidates = settled
    }

    /// The matches in order, read as a whole, and whether there are more.
    mutating func take() throws(StoreError) -> (matches: [SpanMatch], hasMore: Bool) {
        try settle(isLast: true)
        var matches: [SpanMatch] = []
        matches.reserveCapacity(candidates.count)
        for candidate in candidates {
            if let match = try read(
                candidate, { reading, place throws(StoreError) in try reading.match(candidate, place) })
            {
                matches.append(match)
            }
        }
        return (matches, hasMore)
    }

    /// A damaged file costs its own spans, and the answer says so.
    private mutating func read<R>(
        _ candidate: Candidate, _ body: (inout MatchReading, Candidate.Place) throws(StoreError) -> R
    ) throws(StoreError) -> R? {
        let place = places[candidate.place]
        do throws(StoreError) { return try body(&reading, place) } catch {
            guard case .block(let scan, _) = place, let gap = SearchAnswer.Gap(error, scan.segment) else { throw error }
            if !gaps.contains(gap) { gaps.append(gap) }
            return nil
        }
    }
}

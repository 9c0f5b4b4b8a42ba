import Telemetry

/// Where candidates are, and the reading of them.
struct CandidatePlaces {
    private var places: [Candidate.Place?] = []
    private var reading = MatchReading()
    /// Why candidates could not be read: they are left out.
    private(set) var gaps: [SearchAnswer.Gap] = []

    mutating func add(_ place: Candidate.Place) -> Int {
        places.append(place)
        return places.count - 1
    }

    /// Lets go of a place that no candidate is left of.
    mutating func drop(_ place: Int) { places[place] = nil }

    mutating func match(_ candidate: Candidate) throws(StoreError) -> SpanMatch? {
        try read(candidate) { reading, place throws(StoreError) in try reading.match(candidate, place) }
    }

    mutating func span(_ candidate: Candidate) throws(StoreError) -> Span? {
        try read(candidate) { reading, place throws(StoreError) in try reading.span(candidate, place) }
    }

    /// Of candidates with the same start and ids: equal ones become the one that was received first, others are ordered
    /// by content. Those at the cursor that the page before had are left out.
    mutating func distinct(
        _ candidates: ArraySlice<Candidate>, after cursor: SearchCursor?
    ) throws(StoreError) -> [Candidate] {
        guard let first = candidates.first else { return [] }
        let isAtCursor =
            cursor.map { cursor in
                first.start == cursor.startNanoseconds && first.traceID == cursor.traceID
                    && first.spanID == cursor.spanID
            } ?? false
        if candidates.count == 1, !isAtCursor { return [first] }
        var contents: [(content: ContentSum, provenance: Provenance, candidate: Candidate)] = []
        for candidate in candidates {
            guard
                let (content, provenance) = try read(
                    candidate, { reading, place throws(StoreError) in try reading.origin(candidate, place) })
            else { continue }
            if let cursor, isAtCursor, content.head <= cursor.content { continue }
            if let equal = contents.firstIndex(where: { $0.content == content }) {
                if provenance.precedes(contents[equal].provenance) {
                    contents[equal] = (content, provenance, candidate)
                }
            } else {
                contents.append((content, provenance, candidate))
            }
        }
        return contents.sorted { $0.content.precedes($1.content) }.map(\.candidate)
    }

    /// A damaged file costs its own spans, and the answer says so.
    private mutating func read<R>(
        _ candidate: Candidate, _ body: (inout MatchReading, Candidate.Place) throws(StoreError) -> R
    ) throws(StoreError) -> R? {
        guard let place = places[candidate.place] else {
            preconditionFailure("a candidate of a place that was let go of")
        }
        do throws(StoreError) { return try body(&reading, place) } catch {
            guard case .block(let scan, _) = place, let gap = SearchAnswer.Gap(error, scan.segment) else { throw error }
            if !gaps.contains(gap) { gaps.append(gap) }
            return nil
        }
    }
}

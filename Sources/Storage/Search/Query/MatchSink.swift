/// Where a search puts what it finds.
protocol MatchSink {
    /// What starts before this is of no use any more; `nil` while everything is.
    var worstStart: UInt64? { get }
    /// Whether nothing more is wanted.
    var isSatisfied: Bool { get }
    /// Whether, of a search that is cut short, matches are wanted before which others may have been missed.
    var takesUnsettled: Bool { get }
    /// Why matches could not be read: they are left out.
    var gaps: [SearchAnswer.Gap] { get }

    /// Says where the next candidates are; returns the number of the place.
    mutating func open(_ live: LiveBatch, _ rows: [Int]) throws(StoreError) -> Int
    mutating func open(_ scan: GroupScan, index: Int, _ rows: inout BlockScan, path: String) throws(StoreError) -> Int
    mutating func insert(_ candidate: Candidate)
    /// Something matches that is of no use.
    mutating func passOver()
    /// All matches of a place are in. No span that is found later started after `frontier`; `nil` where none is found any
    /// more.
    mutating func settle(frontier: UInt64?) throws(StoreError)
}

extension MatchSink {
    var takesUnsettled: Bool { true }

    func mayTake(start: UInt64) -> Bool { worstStart.map { start >= $0 } ?? true }
}

extension Store {
    /// One pass of the upkeep, now and on this thread: what is over goes, what is due is compacted, the index merged.
    /// Ingest and queries go on. Not throttled: for commands and tests.
    ///
    /// - Parameters:
    ///   - now: the collector's clock, Unix nanoseconds.
    ///   - everything: also what is not due yet: days that are not over are compacted, and each tenant's index becomes
    ///     one run.
    /// - Returns: what was done, and what could not be.
    /// - Throws: `.closed`.
    @discardableResult
    public func maintain(
        now: UInt64, everything: Bool = false, progress: (UpkeepStep) -> Void = { _ in }
    ) throws(StoreError) -> UpkeepReport {
        try upkeep.pass(now: now, everything: everything, isThrottled: false, progress: progress)
    }

    /// What left the store and why, by day, tenant and class of receipt.
    public var removals: [RemovalRecord] { upkeep.removals }

    /// Damaged segments, kept as evidence until they are released, and what is wrong with each.
    public var damagedSegments: [(number: UInt64, error: StoreError)] {
        shared.stored.damaged.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Lets a damaged segment go the way of all others: compaction and retention no longer pass it by.
    public func releaseDamagedSegment(_ number: UInt64) throws(StoreError) { try upkeep.release(segment: number) }
}

import Files
import Synchronization

/// Everything that happens to what is sealed: expiry, compaction, merges of the index, repair. One pass at a time;
/// ingest and queries go on.
final class Upkeep: Sendable {
    /// What is remembered from pass to pass.
    struct Memory {
        /// Segments that cannot be compacted together, for no reason that is in one of them: not tried again in this
        /// life of the process.
        var refused: Set<UInt64> = []
        var retention = RetentionMemory()
    }

    private let shared: StoreShared
    private let committer: Committer
    private let stopping = UpkeepStop()
    private let memory = Mutex(Memory())

    init(shared: StoreShared, committer: Committer) {
        self.shared = shared
        self.committer = committer
    }

    /// - Parameters:
    ///   - expiringAt: the time at which days are over; `now` where there is none.
    ///   - everything: also what is not due: days that are not over, one index run a tenant.
    ///   - isThrottled: hold back for ingest's sake.
    /// - Throws: `.closed` when the store is being closed. Anything else is in the report.
    func pass(
        now: UInt64, expiringAt: UInt64? = nil, everything: Bool, isThrottled: Bool, progress: (UpkeepStep) -> Void
    ) throws(StoreError) -> UpkeepReport {
        let pace = UpkeepPace(
            shared, bytesPerSecond: isThrottled ? shared.configuration.upkeepBytesPerSecond : nil,
            mayWait: isThrottled, stopping: stopping)
        var failure: StoreError?
        let report = memory.withLock { memory -> UpkeepReport in
            if stopping.isStopped {
                failure = StoreError(.closed, "the store is closed")
                return UpkeepReport()
            }
            var pass = UpkeepPass(
                shared: shared, committer: committer, pace: pace, now: now, expiringAt: expiringAt ?? now,
                everything: everything, memory: memory)
            do throws(StoreError) { try pass.run(progress) } catch { failure = error }
            memory = pass.memory
            return pass.report
        }
        if let failure { throw failure }
        return report
    }

    /// Lets no pass go on or begin, and waits for the one that is under way.
    func end() {
        stopping.stop()
        memory.withLock { _ in }
    }

    /// The store is closed: what is in doubt is settled, where the disk lets it, or by the next start.
    func letGo() {
        do throws(StoreError) { try committer.settle() } catch { shared.note(error) }
        committer.end()
    }

    /// Lets a damaged segment out of quarantine: from now on it is treated as any other.
    func release(segment number: UInt64) throws(StoreError) {
        guard committer.committed.segments[number] != nil else {
            throw StoreError(.limit, "there is no segment \(number) to release")
        }
        var change = ManifestCommit()
        change.released = [number]
        try committer.commit(change, abandoning: true)
        shared.stored.forgetDamage(segment: number)
    }

    /// The last day on which something was received that is still there.
    var newestDay: UInt32? { committer.committed.segments.values.map(\.day).max() }

    var removals: [RemovalRecord] { committer.committed.removals.all }
}

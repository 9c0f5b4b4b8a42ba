import Files
import Synchronization

/// The owner of the manifest: every change of what is stored goes through here, one after the other, whoever makes it.
/// Long work happens before; a commit takes one small write and one fsync.
final class Committer: Sendable {
    private struct State: ~Copyable, Sendable {
        var manifest: ManifestFile
        var committed: ManifestState
        /// Files of commits that failed: they may be in the manifest on the disk until a snapshot says otherwise.
        var doubtful: [String] = []
        /// The lock on the history of holds, while a removal may be in the manifest on the disk or not.
        var keptLock: (any FileLock)?
    }

    /// What a commit takes out of the sight of queries. Let go of it outside all locks.
    private struct Removed {
        var segments: [SealedSegment] = []
        var runs: [SealedRun] = []
    }

    private let shared: StoreShared
    private let state: Mutex<State>
    private let nextNumber: Atomic<UInt64>

    init(shared: StoreShared, manifest: consuming ManifestFile, committed: ManifestState) {
        self.shared = shared
        nextNumber = Atomic(committed.nextNumber)
        state = Mutex(State(manifest: manifest, committed: committed))
    }

    /// A number for a segment or a run, never given twice.
    func takeNumber() -> UInt64 { nextNumber.add(1, ordering: .relaxed).oldValue }

    /// What is committed now.
    var committed: ManifestState { state.withLock { $0.committed } }

    /// Keeps the lock on the history of holds until the commit that failed last is settled: a hold that was placed before
    /// might find what it holds removed after a crash.
    func keep(_ lock: any FileLock) {
        let older = state.withLock { state -> (any FileLock)? in
            let older = state.keptLock
            state.keptLock = lock
            return older
        }
        older?.unlock()
    }

    /// Makes sure that no removal is in doubt.
    func settle() throws(StoreError) {
        if state.withLock({ $0.keptLock == nil }) { return }
        try commit(ManifestCommit(), abandoning: true)
    }

    /// Lets go of the lock on the history of holds, when the store ends.
    func end() {
        let lock = state.withLock { state -> (any FileLock)? in
            defer { state.keptLock = nil }
            return state.keptLock
        }
        lock?.unlock()
    }

    /// Makes `change` durable and shows it to queries, in one step with whatever `publish` does to what they see.
    ///
    /// `segments` and `runs` are what is added, with their entries in `change`. After an error the change may be on the
    /// disk or not, but it does not count: the next commit settles it. The files it names must then stay where they
    /// are; with `abandoning` they are removed as soon as that is settled, without it the caller commits them again.
    func commit(
        _ change: ManifestCommit, abandoning: Bool, publish: (inout StoreState) -> Void = { _ in }
    ) throws(StoreError) {
        var failure: StoreError?
        var leftover: StoreError?
        var settled: [String] = []
        var removed = Removed()
        var lock: (any FileLock)?
        state.withLock { state in
            var change = change
            change.serial = state.committed.serial + 1
            change.nextNumber = nextNumber.load(ordering: .relaxed)
            let damages = shared.stored.unrecordedDamage
            change.quarantined += damages.filter { state.committed.segments[$0.number] != nil }
            do throws(StoreError) {
                if state.manifest.needsSnapshot {
                    var next = state.committed
                    next.apply(change)
                    leftover = try state.manifest.writeSnapshot(next)
                    settled = state.doubtful
                    state.doubtful = []
                    state.committed = next
                } else {
                    try state.manifest.append(change)
                    state.committed.apply(change)
                }
            } catch {
                failure = error
                if abandoning { state.doubtful += change.addedSegments.map(\.path) + change.addedRuns.map(\.path) }
                return
            }
            lock = state.keptLock
            state.keptLock = nil
            shared.stored.recorded(damages)
            removed = show(change, publish)
        }
        withExtendedLifetime(removed) {}
        lock?.unlock()
        if let failure { throw failure }
        for path in settled {
            do throws(StoreError) { try shared.stored.unlink(path) } catch { leftover = leftover ?? error }
        }
        if let leftover { shared.note(leftover) }
    }

    private func show(_ change: ManifestCommit, _ publish: (inout StoreState) -> Void) -> Removed {
        let added = change.addedSegments.map { SealedSegment($0, shared.stored) }
        let addedRuns = change.addedRuns.map { SealedRun($0, shared.stored) }
        return shared.state.withLock { state in
            var removed = Removed()
            var statistics = state.statistics
            statistics.count(change, state)
            state.statistics = statistics
            for number in change.removedSegments {
                guard let gone = state.segments.removeValue(forKey: number) else { continue }
                gone.retire()
                removed.segments.append(gone)
            }
            for number in change.finishedSegments {
                guard let segment = state.segments[number] else { continue }
                var entry = segment.entry
                entry.level = .final
                state.segments[number] = SealedSegment(entry, shared.stored)
                removed.segments.append(segment)
            }
            for segment in added { state.segments[segment.entry.number] = segment }
            let gone = Set(change.removedRuns)
            if !gone.isEmpty {
                for run in state.runs where gone.contains(run.entry.number) {
                    run.retire()
                    removed.runs.append(run)
                }
                state.runs.removeAll { gone.contains($0.entry.number) }
            }
            state.runs += addedRuns
            publish(&state)
            return removed
        }
    }
}

/// It alone has its memory, so it may go from thread to thread.
extension PackedWriter: @unchecked Sendable {}

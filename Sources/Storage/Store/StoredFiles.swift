import Files
import Synchronization

/// What sealed segments and index runs need: where they are, how they are opened, and how they go.
final class StoredFiles: Sendable {
    /// A file that left the manifest and that nobody reads any more.
    struct Retired: Sendable, Hashable {
        /// Relative to the data directory.
        var path: String
        var number: UInt64
    }

    private struct State {
        var retired: [Retired] = []
        var damaged: [UInt64: StoreError] = [:]
        /// Damaged segments that no commit has put into quarantine yet.
        var unrecorded: Set<UInt64> = []
        /// Index runs found damaged: they are made again.
        var damagedRuns: Set<UInt64> = []
        /// Directories of days that a segment was unlinked from.
        var thinned: Set<String> = []
    }

    let directory: StoreDirectory
    let storeID: StoreID
    let cache = SegmentCache()
    let readers = ReaderCache()
    let openRuns = OpenFiles<OpenRun>(limit: OpenRun.maximumOpen)
    private let ledger: (any Ledger)?
    private let state = Mutex(State())

    var files: any FileSystem { directory.files }

    init(directory: StoreDirectory, storeID: StoreID, ledger: (any Ledger)?) {
        self.directory = directory
        self.storeID = storeID
        self.ledger = ledger
    }

    /// Takes note that the bytes of a segment are not what they were.
    func noteDamage(segment number: UInt64, _ error: StoreError) {
        state.withLock { state in
            guard state.damaged[number] == nil else { return }
            state.damaged[number] = error
            state.unrecorded.insert(number)
        }
    }

    func noteDamage(run number: UInt64) { state.withLock { _ = $0.damagedRuns.insert(number) } }

    /// Damaged segments that are in the manifest's quarantine already.
    func knowDamage(_ quarantine: [UInt64: String], path: (UInt64) -> String?) {
        state.withLock { state in
            for (number, reason) in quarantine {
                state.damaged[number] = StoreError(.corrupt, reason, path: path(number))
            }
        }
    }

    func forgetDamage(segment number: UInt64) {
        state.withLock { state in
            state.damaged[number] = nil
            state.unrecorded.remove(number)
        }
    }

    func forgetDamage(run number: UInt64) { state.withLock { _ = $0.damagedRuns.remove(number) } }

    var damaged: [UInt64: StoreError] { state.withLock { $0.damaged } }
    var damagedRuns: Set<UInt64> { state.withLock { $0.damagedRuns } }

    /// Damages that a commit must record. They come again unless `recorded` says that it did.
    var unrecordedDamage: [(number: UInt64, reason: String)] {
        state.withLock { state in
            state.unrecorded.sorted().compactMap { number in state.damaged[number].map { (number, $0.message) } }
        }
    }

    func recorded(_ damages: [(number: UInt64, reason: String)]) {
        if damages.isEmpty { return }
        state.withLock { state in
            for (number, _) in damages { state.unrecorded.remove(number) }
        }
    }

    /// Called when the last one who may read the file has let go of it.
    func retire(_ path: String, number: UInt64) {
        state.withLock { $0.retired.append(Retired(path: path, number: number)) }
    }

    var retiredCount: Int { state.withLock { $0.retired.count } }

    /// Unlinks what is retired. What cannot go now is tried again the next time; the first reason is returned.
    func removeRetired() -> StoreError? {
        let retired = state.withLock { state in
            defer { state.retired = [] }
            return state.retired
        }
        var failure: StoreError?
        var left: [Retired] = []
        for file in retired {
            do throws(StoreError) { try unlink(file.path) } catch {
                failure = failure ?? error
                left.append(file)
            }
        }
        if !left.isEmpty { state.withLock { $0.retired += left } }
        return failure
    }

    /// Removes a file of the store's own that no manifest names, after asking the ledger. One that is gone is fine.
    func unlink(_ relative: String) throws(StoreError) {
        if let ledger, relative.hasSuffix(".seg") { try ledger.mayUnlink(segmentFile: relative) }
        do throws(FileError) { try directory.files.remove(directory.path + "/" + relative) } catch {
            let isGone: Bool
            do throws(FileError) { isGone = try !directory.files.exists(directory.path + "/" + relative) } catch {
                throw StoreError(error)
            }
            if !isGone { throw StoreError(error) }
        }
        if relative.hasSuffix(".seg") {
            let parent = SegmentWriter.directory(of: relative)
            state.withLock { _ = $0.thinned.insert(parent) }
        }
    }

    /// Removes the directories of days before `day` from which the last segment went. Nothing is sealed into them any
    /// more, but for what a crash held up; that seal makes its directory again when it is tried again.
    func removeEmptyDays(before day: UInt32) -> StoreError? {
        let thinned = state.withLock { $0.thinned }
        var failure: StoreError?
        for relative in thinned.sorted() {
            let name = String(relative.split(separator: "/").last ?? "")
            if let own = CivilDate.day(name), own >= day { continue }
            let path = directory.path + "/" + relative
            do throws(FileError) {
                if try files.exists(path), try files.list(path).isEmpty { try files.removeDirectory(path) }
                state.withLock { _ = $0.thinned.remove(relative) }
            } catch { failure = failure ?? StoreError(error) }
        }
        return failure
    }
}

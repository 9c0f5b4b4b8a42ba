import Synchronization

/// A committed index run, opened when it is read; its file goes with the last one who lets go, as a segment's does.
package final class SealedRun: Sendable {
    package let entry: RunEntry
    package let path: String
    private let stored: StoredFiles
    private let opened = Mutex<IndexReader?>(nil)
    private let isRetired = Atomic<Bool>(false)

    init(_ entry: RunEntry, _ stored: StoredFiles) {
        self.entry = entry
        self.stored = stored
        path = stored.directory.path + "/" + entry.path
    }

    deinit {
        guard isRetired.load(ordering: .acquiring) else { return }
        stored.retire(entry.path, number: entry.number)
    }

    func retire() { isRetired.store(true, ordering: .releasing) }

    /// Lends the reader. It must not be kept beyond `body`: only while somebody holds the run is its file there.
    package func read<R>(
        _ body: (IndexReader) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        defer { withExtendedLifetime(self) {} }
        do throws(StoreError) { return try body(try reader()) } catch {
            if error.code == .corrupt, error.path == path { stored.noteDamage(run: entry.number) }
            throw error
        }
    }

    private func reader() throws(StoreError) -> IndexReader {
        if let known = opened.withLock({ $0 }) { return known }
        let reader = try IndexReader(
            path: path, files: stored.files, expecting: stored.storeID, open: stored.openRuns)
        guard reader.segmentNumbers == entry.segments else {
            throw StoreError(
                .corrupt,
                "it covers \(reader.segmentNumbers.count) segments, and not the \(entry.segments.count) that the"
                    + " manifest says", path: path)
        }
        return opened.withLock { opened in
            // Another thread may have been faster.
            if let known = opened { return known }
            opened = reader
            return reader
        }
    }
}

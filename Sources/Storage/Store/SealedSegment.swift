import Synchronization

/// A committed segment, opened when it is read. It can be read as long as somebody holds it, even after it has left the
/// manifest: its file goes with the last one who lets go.
package final class SealedSegment: Sendable {
    package let entry: SegmentEntry
    package let path: String
    private let stored: StoredFiles
    private let isRetired = Atomic<Bool>(false)

    init(_ entry: SegmentEntry, _ stored: StoredFiles) {
        self.entry = entry
        self.stored = stored
        path = stored.directory.path + "/" + entry.path
    }

    deinit {
        guard isRetired.load(ordering: .acquiring) else { return }
        stored.readers.remove(entry.number)
        stored.retire(entry.path, number: entry.number)
    }

    /// Its file goes when the last reader is done. Called after the commit that removes it is durable.
    func retire() { isRetired.store(true, ordering: .releasing) }

    /// Lends the reader. It must not be kept beyond `body`: only while somebody holds the segment is its file there.
    /// Damage that shows is remembered under the segment's number.
    package func read<R>(
        _ body: (SegmentReader) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        defer { withExtendedLifetime(self) {} }
        do throws(StoreError) {
            return try body(
                try stored.readers.reader(entry.number) { () throws(StoreError) in
                    try SealedSegment.open(entry, stored, cache: stored.cache)
                })
        } catch {
            if error.code == .corrupt, error.path == path { stored.noteDamage(segment: entry.number, error) }
            throw error
        }
    }

    /// A reader of its own, with a cache of its own, for work that goes through the whole file.
    func reader(cache: SegmentCache) throws(StoreError) -> SegmentReader {
        try SealedSegment.open(entry, stored, cache: cache)
    }

    private static func open(
        _ entry: SegmentEntry, _ stored: StoredFiles, cache: SegmentCache
    ) throws(StoreError) -> SegmentReader {
        let path = stored.directory.path + "/" + entry.path
        let reader = try SegmentReader(path: path, files: stored.files, expecting: stored.storeID, cache: cache)
        let info = reader.info
        guard info.segmentNumber == entry.number, info.tenant == entry.tenant, info.day == entry.day,
            info.retentionClass == entry.retentionClass, reader.spanCount == Int(clamping: entry.spanCount)
        else {
            throw StoreError(
                .corrupt,
                "it is segment \(info.segmentNumber) of \(info.tenant)/\(info.retentionClass) with \(reader.spanCount)"
                    + " spans, and the manifest has segment \(entry.number) of \(entry.tenant)/\(entry.retentionClass)"
                    + " with \(entry.spanCount) there", path: path)
        }
        return reader
    }
}

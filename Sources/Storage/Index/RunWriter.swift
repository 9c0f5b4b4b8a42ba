import Files

/// The file of an index run while it is written: pages in order, then their checksums. Only the first page is written
/// last, because it names the roots of all trees; until then the file is not a run.
final class RunWriter {
    /// Pages that are written together.
    private static let bufferedPages = 64

    private let file: any File
    private let files: any FileSystem
    private let path: String
    private let buffer = GrowingBuffer<UInt8>(capacity: bufferedPages * PageFormat.pageBytes)
    private let checksums = ByteSink(capacity: 4096)
    private(set) var pages: UInt32 = 1

    init(path: String, files: any FileSystem) throws(StoreError) {
        do throws(FileError) { file = try files.create(path) } catch { throw StoreError(error) }
        self.files = files
        self.path = path
        for _ in 0..<PageFormat.pageBytes { buffer.append(0) }
        checksums.fixed32(0)
    }

    /// Writes the next page and returns its number, counted from 1.
    func append(_ page: UnsafeRawBufferPointer) throws(StoreError) -> UInt32 {
        precondition(page.count == PageFormat.pageBytes)
        // SQLite's own bound.
        guard pages < UInt32.max - 1 else {
            throw StoreError(.limit, "an index run has at most \(UInt32.max - 1) pages", path: path)
        }
        if buffer.count == RunWriter.bufferedPages * PageFormat.pageBytes { try flush() }
        buffer.append(contentsOf: page.assumingMemoryBound(to: UInt8.self))
        checksums.fixed32(Frame.checksum(page))
        pages += 1
        return pages
    }

    /// Writes the first page and the checksums, and makes all durable with the directory entry. Returns the file's
    /// bytes.
    func finish(firstPage: UnsafeRawBufferPointer) throws(StoreError) -> Int {
        precondition(firstPage.count == PageFormat.pageBytes)
        try flush()
        checksums.buffer.base.withMemoryRebound(to: UInt32.self, capacity: 1) {
            $0.pointee = Frame.checksum(firstPage).littleEndian
        }
        RunChecksums.finish(checksums, pages: pages)
        do throws(FileError) {
            try file.append(checksums.bytes)
            try file.write(firstPage, at: 0)
            try file.sync()
            try file.close()
            try files.syncDirectory(SegmentWriter.directory(of: path))
        } catch {
            throw StoreError(error)
        }
        return Int(pages) * PageFormat.pageBytes + checksums.count
    }

    private func flush() throws(StoreError) {
        do throws(FileError) { try file.append(buffer.bytes) } catch { throw StoreError(error) }
        buffer.removeAll()
    }
}

import Files
import Synchronization

/// The file of an index run while SQLite reads it: checks each page, and keeps the error that SQLite cannot tell.
final class RunFile: Sendable {
    let fileBytes: Int
    /// Bytes of all pages: what SQLite sees.
    let pageBytes: Int
    private let file: any File
    private let path: String
    private let checksums: [UInt32]
    private let failure = Mutex<StoreError?>(nil)

    init(_ path: String, _ files: any FileSystem) throws(StoreError) {
        let opened: any File
        do throws(FileError) {
            opened = try files.openForReading(path)
            fileBytes = try opened.size()
        } catch {
            throw StoreError(error)
        }
        file = opened
        self.path = path
        checksums = try RunChecksums.decode(size: fileBytes, path: path) { offset, count throws(StoreError) in
            try SegmentFile.read(opened, count, at: offset, path: path)
        }
        pageBytes = checksums.count * RunChecksums.pageBytes
    }

    /// Fills `buffer` from `offset`; bytes behind the last page are zero. Returns how many there were, or `nil` after
    /// a failure. Every page that is touched is checked as a whole.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int? {
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        do throws(StoreError) {
            let end = min(offset + buffer.count, pageBytes)
            guard offset < end else { return 0 }
            let size = RunChecksums.pageBytes
            for page in offset / size...(end - 1) / size {
                let bytes = try SegmentFile.read(file, size, at: page * size, path: path)
                let crc = bytes.withUnsafeBytes { Frame.checksum($0) }
                guard crc == checksums[page] else {
                    throw StoreError(
                        .corrupt,
                        "the page at offset \(page * size) is damaged: its checksum is \(crc), not \(checksums[page])",
                        path: path)
                }
                let first = max(offset, page * size)
                let last = min(end, (page + 1) * size)
                bytes.withUnsafeBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: buffer[(first - offset)..<(last - offset)])
                        .copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: source[(first - page * size)..<(last - page * size)])
                        )
                }
            }
            return end - offset
        } catch {
            failure.withLock { $0 = error }
            return nil
        }
    }

    /// The error behind SQLite's, which knows only that a read failed.
    func takeFailure() -> StoreError? {
        failure.withLock { failure in
            let taken = failure
            failure = nil
            return taken
        }
    }
}

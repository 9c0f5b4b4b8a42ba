import Files

/// The file of an index run, open: reads pages and checks each.
final class RunFile: Sendable {
    let fileBytes: Int
    var pages: Int { checksums.count }
    let path: String
    private let file: any File
    private let checksums: [UInt32]

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
    }

    /// Fills `buffer` with the page `number`, counted from 1.
    func read(_ number: UInt32, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) {
        let size = PageFormat.pageBytes
        precondition(buffer.count == size)
        guard number >= 1, Int(number) <= checksums.count else {
            throw StoreError(
                .corrupt, "one of its pages refers to page \(number), and there are \(checksums.count)", path: path)
        }
        let offset = (Int(number) - 1) * size
        let filled: Int
        do throws(FileError) { filled = try file.read(into: buffer, at: offset) } catch { throw StoreError(error) }
        guard filled == size else {
            throw StoreError(
                .corrupt, "it has \(filled) bytes at offset \(offset) where \(size) are expected: it is torn",
                path: path)
        }
        let crc = Frame.checksum(UnsafeRawBufferPointer(buffer))
        guard crc == checksums[Int(number) - 1] else {
            throw StoreError(
                .corrupt,
                "the page at offset \(offset) is damaged: its checksum is \(crc), not \(checksums[Int(number) - 1])",
                path: path)
        }
    }

    /// A page of a tree.
    func page(_ number: UInt32) throws(StoreError) -> RunPage {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        do throws(StoreError) { try read(number, into: buffer) } catch {
            buffer.deallocate()
            throw error
        }
        return try RunPage(buffer, number: number, path: path)
    }
}

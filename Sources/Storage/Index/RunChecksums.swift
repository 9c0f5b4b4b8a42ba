/// The checksums behind a run's pages: SQLite has none of its own, and ignores what follows the last page.
///
/// One CRC-32 a page; then the number of pages (4), the CRC-32 of all checksums and that number (4), a magic (8).
/// Little-endian.
enum RunChecksums {
    static let magic: [UInt8] = Array("WAYBLCRC".utf8)
    static let trailerBytes = 16

    /// Ends `checksums`, one of each page.
    static func finish(_ checksums: ByteSink, pages: UInt32) {
        precondition(checksums.count == Int(pages) * 4)
        checksums.fixed32(pages)
        checksums.fixed32(Frame.checksum(checksums.bytes))
        checksums.raw(magic)
    }

    /// The checksums at the end of a file of `size` bytes, read by `read(offset, count)`.
    static func decode(
        size: Int, path: String, _ read: (Int, Int) throws(StoreError) -> [UInt8]
    ) throws(StoreError) -> [UInt32] {
        let pageBytes = PageFormat.pageBytes
        guard size >= pageBytes + trailerBytes + 4 else {
            throw StoreError(.corrupt, "it has \(size) bytes, fewer than an index run: it is torn", path: path)
        }
        let trailer = try read(size - trailerBytes, trailerBytes)
        let (pages, crc) = try trailer.reading(path, "the trailer at offset \(size - trailerBytes)") {
            source throws(StoreError) in
            let pages = try source.fixed32()
            let crc = try source.fixed32()
            guard try source.raw(8).elementsEqual(magic) else {
                throw StoreError(
                    .corrupt, "its last bytes, from offset \(size - 8) on, are not an index run's: it is torn",
                    path: path)
            }
            return (Int(pages), crc)
        }
        guard pages > 0, pages * (pageBytes + 4) + trailerBytes == size else {
            throw StoreError(
                .corrupt,
                "it has \(size) bytes, and its trailer at offset \(size - trailerBytes) counts \(pages) pages",
                path: path)
        }
        let table = try read(pages * pageBytes, pages * 4 + 4)
        guard table.withUnsafeBytes({ Frame.checksum($0) }) == crc else {
            throw StoreError(
                .corrupt, "the page checksums at offset \(pages * pageBytes) do not match their own checksum",
                path: path)
        }
        return try table.reading(path, "the page checksums") { source throws(StoreError) in
            var checksums: [UInt32] = []
            checksums.reserveCapacity(pages)
            for _ in 0..<pages { checksums.append(try source.fixed32()) }
            return checksums
        }
    }
}

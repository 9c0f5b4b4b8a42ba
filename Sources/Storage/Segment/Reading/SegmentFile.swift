import Files

/// Opens a segment's file: header, trailer, footer.
enum SegmentFile {
    struct Opened {
        var file: any File
        var size: Int
        var info: SegmentHeaderInfo
        var version: UInt32
        var footer: SegmentFooter
    }

    static func open(
        _ path: String, _ files: any FileSystem, expecting storeID: StoreID
    ) throws(StoreError) -> Opened {
        let file: any File
        let size: Int
        do throws(FileError) {
            file = try files.openForReading(path)
            size = try file.size()
        } catch {
            throw StoreError(error)
        }
        let start = try read(file, min(size, SegmentHeader.maximumBytes), at: 0, path: path)
        let header = try start.reading(path, "the segment header") { source throws(StoreError) in
            try SegmentHeader.decode(source.bytes, path: path, expecting: storeID)
        }
        guard size >= header.length + SegmentFormat.trailerBytes else {
            throw StoreError(.corrupt, "it ends at offset \(size), before its trailer: it is torn", path: path)
        }
        let footerOffset: Int
        let footerLength: Int
        let crc: UInt32
        let digest: [UInt8]
        let trailerOffset = size - SegmentFormat.trailerBytes
        let trailer = try read(file, SegmentFormat.trailerBytes, at: trailerOffset, path: path)
        (footerOffset, footerLength, crc, digest) = try trailer.reading(path, "the trailer at offset \(trailerOffset)")
        {
            source throws(StoreError) in
            let offset = try source.fixed64()
            let length = try source.fixed32()
            let crc = try source.fixed32()
            let digest = Array(try source.raw(32))
            guard try source.raw(8).elementsEqual(SegmentFormat.endMagic) else {
                throw StoreError(
                    .corrupt, "its last bytes, from offset \(size - 8) on, are not a segment's: it is torn", path: path)
            }
            guard offset >= UInt64(header.length), length <= SegmentFormat.maximumFooterBytes,
                offset == UInt64(trailerOffset) - min(UInt64(length), UInt64(trailerOffset))
            else { throw source.error("a footer of \(length) bytes at offset \(offset)", at: 0) }
            return (Int(offset), Int(length), crc, digest)
        }
        let body = try read(file, footerLength, at: footerOffset, path: path)
        let what = "the footer at offset \(footerOffset)"
        let footer = try body.reading(path, what) { source throws(StoreError) in
            guard Frame.checksum(source.bytes) == crc, ContentHash.digest(source.bytes) == digest else {
                throw StoreError(.corrupt, "\(what) does not match its checksum", path: path)
            }
            return try SegmentFooter.decode(
                source.bytes, path: path, footerOffset: footerOffset, version: header.version)
        }
        let headerHash = start[..<header.length].withUnsafeBytes { ContentHash.digest($0) }
        guard headerHash == footer.headerHash else {
            throw StoreError(.corrupt, "its header at offset 0 is not the one its footer was written for", path: path)
        }
        return Opened(file: file, size: size, info: header.info, version: header.version, footer: footer)
    }

    /// Opens a file again whose header and footer are known.
    static func reopen(_ path: String, _ files: any FileSystem, size expected: Int) throws(StoreError) -> any File {
        let file: any File
        let size: Int
        do throws(FileError) {
            file = try files.openForReading(path)
            size = try file.size()
        } catch { throw StoreError(error) }
        guard size == expected else {
            throw StoreError(.corrupt, "it has \(size) bytes, and had \(expected) when it was opened first", path: path)
        }
        return file
    }

    /// Exactly `count` bytes from `offset`.
    static func read(_ file: any File, _ count: Int, at offset: Int, path: String) throws(StoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled: Int
        do throws(FileError) { filled = try file.read(into: &bytes, at: offset) } catch { throw StoreError(error) }
        guard filled == count else {
            throw StoreError(
                .corrupt, "it has \(filled) bytes at offset \(offset) where \(count) are expected: it is torn",
                path: path)
        }
        return bytes
    }
}

import Files

/// The file of a segment in the making: blocks go in one after another, and what the footer says of them is kept.
final class SegmentOutput {
    let path: String
    let effort: SegmentEffort
    private(set) var blocks: [BlockSummary] = []
    private let file: any File
    private let files: any FileSystem
    private let sink = ByteSink(capacity: 1 << 18)
    private var written = 0
    private var unsynced = 0

    /// Bytes that are gathered before they are written.
    private static let bufferedBytes = 1 << 18

    init(_ path: String, _ files: any FileSystem, effort: SegmentEffort) throws(StoreError) {
        self.path = path
        self.files = files
        self.effort = effort
        do throws(FileError) { file = try files.create(path) } catch { throw StoreError(error) }
    }

    /// Bytes of the file so far.
    var count: Int { written + sink.count }

    func append(_ bytes: ByteSink) throws(StoreError) {
        sink.raw(bytes.bytes)
        try writeIfFull()
    }

    /// Writes a block. `describe` adds to the footer's entry what it says of rows.
    func append(
        _ kind: BlockKind, plain: ByteSink, raw: GrowingBuffer<UInt8>,
        _ describe: (inout BlockSummary) -> Void = { _ in }
    ) throws(StoreError) {
        let offset = count
        let start = sink.count
        try SegmentBlock.encode(kind, plain: plain.bytes, raw: raw.bytes, effort, to: sink)
        let bytes = UnsafeRawBufferPointer(rebasing: sink.bytes[start...])
        var summary = BlockSummary(
            kind: kind, offset: offset, length: bytes.count, crc32: Frame.checksum(bytes),
            sha256: ContentHash.digest(bytes), firstRow: 0, spanCount: 0, minimumStartNanoseconds: 0,
            maximumEndNanoseconds: 0, contentSum: ContentSum())
        describe(&summary)
        blocks.append(summary)
        try writeIfFull()
    }

    private func writeIfFull() throws(StoreError) {
        if sink.count >= SegmentOutput.bufferedBytes { try flush() }
    }

    private func flush() throws(StoreError) {
        do throws(FileError) {
            try file.append(sink.bytes)
            written += sink.count
            unsynced += sink.count
            sink.removeAll()
            // A large file is made durable as it grows, so that the disk has no burst at its end.
            if effort == .high, unsynced >= SegmentFormat.syncBytes {
                try file.sync()
                unsynced = 0
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// Makes the file and its directory entry durable.
    func finish() throws(StoreError) {
        try flush()
        do throws(FileError) {
            try file.sync()
            try file.close()
            try files.syncDirectory(SegmentWriter.directory(of: path))
        } catch {
            throw StoreError(error)
        }
    }
}

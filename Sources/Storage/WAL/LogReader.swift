import Files

/// Reads the files of the log in order, for recovery.
struct LogReader {
    /// A place that does not match its checksum though it was durable once.
    struct Damage: Sendable, Hashable {
        var file: String
        var offset: Int
        var bytes: Int
    }

    /// What recovery found besides the records.
    struct Summary: Sendable {
        /// The last file and how many of its bytes count.
        var lastNumber: UInt64
        var lastEnd = 0
        /// How many of them were durable for certain.
        var lastDurable = 0
        var damages: [Damage] = []
        /// Bytes of writes that were cut short: never acknowledged.
        var tornBytes = 0
        var totalBytes = 0
        var fileCount = 0
    }

    private struct LogFile {
        var number: UInt64
        var path: String
        /// `nil` when it is damaged, or was never written whole.
        var header: FileHeader?
        /// What the next file says of this one; `nil` when this is the last.
        var end: Int?
        var durable = 0
    }

    /// A record, or a place where there should be one.
    private enum Piece {
        /// A stray comes after a part of its own group that is not there: nobody acknowledged it.
        case record(Frame.Found, isStray: Bool)
        case hole(Range<Int>, wasDurable: Bool)
    }

    /// Longer files were not written by this program.
    static let maximumFileBytes = 2 << 30

    let files: any FileSystem
    let directory: String
    let storeID: StoreID
    let epoch: UInt64

    /// Calls `body` with every record of the files from number `first` on, oldest first, and whether it is a stray. With
    /// `settling`, which is for the owner of the directory alone, all that `body` gets is durable when this returns.
    func replay(
        from first: UInt64, settling: Bool = false, _ body: (LogRecord, Bool) -> Void
    ) throws(StoreError) -> Summary {
        var summary = Summary(lastNumber: first - 1)
        var found = try logFiles(from: first)
        for header in found.compactMap(\.header) {
            for index in found.indices where found[index].number == header.previousNumber {
                found[index].end = Int(clamping: header.previousEnd)
                found[index].durable = Int(clamping: header.previousDurable)
            }
        }
        for file in found {
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try files.readAll(file.path, limit: LogReader.maximumFileBytes)
            } catch { throw StoreError(error) }
            summary.fileCount += 1
            summary.totalBytes += bytes.count
            summary.lastNumber = file.number
            let tornBefore = summary.tornBytes
            read(file, bytes, &summary, body)
            if settling, summary.lastDurable < summary.lastEnd {
                try makeDurable(file.path, bytes, from: summary.lastDurable, to: summary.lastEnd)
                // What is torn would pass for damage the next time.
                if summary.tornBytes == tornBefore { summary.lastDurable = summary.lastEnd }
            }
        }
        return summary
    }

    /// Makes a part of a file durable for certain.
    private func makeDurable(_ path: String, _ bytes: [UInt8], from start: Int, to end: Int) throws(StoreError) {
        // A file that lost its end without a power cut has fewer bytes than its successor says.
        let part = bytes[min(start, bytes.count)..<min(end, bytes.count)]
        do throws(FileError) { try files.rewrite(path, part, at: start) } catch { throw StoreError(error) }
    }

    private func logFiles(from first: UInt64) throws(StoreError) -> [LogFile] {
        let names: [String]
        do throws(FileError) { names = try files.list(directory) } catch { throw StoreError(error) }
        var found: [LogFile] = []
        for name in names {
            guard let number = LogWriter.number(name), number >= first else { continue }
            let path = directory + "/" + name
            found.append(LogFile(number: number, path: path, header: try header(of: path)))
        }
        return found.sorted { $0.number < $1.number }
    }

    private func header(of path: String) throws(StoreError) -> FileHeader? {
        var start = [UInt8](repeating: 0, count: FileHeader.byteCount)
        do throws(FileError) {
            let file = try files.openForReading(path)
            let count = try file.read(into: &start, at: 0)
            try file.close()
            start.removeLast(start.count - count)
        } catch { throw StoreError(error) }
        switch start.withUnsafeBytes({ FileHeader.read($0, .log) }) {
        case .damaged: return nil
        case .newer(let version): throw .newer(version, known: FileHeader.Magic.log.version, path: path)
        case .header(let header):
            guard header.storeID == storeID, header.epoch <= epoch else { throw .foreign(path: path) }
            return header
        }
    }

    /// Reads the records of one file and notes where it ends.
    private func read(
        _ file: LogFile, _ bytes: [UInt8], _ summary: inout Summary, _ body: (LogRecord, Bool) -> Void
    ) {
        let (pieces, end, durable) = bytes.withUnsafeBytes { all -> ([Piece], Int, Int) in self.pieces(of: file, all) }
        summary.lastEnd = end
        summary.lastDurable = durable
        for piece in pieces {
            switch piece {
            case .hole(let range, let wasDurable):
                if wasDurable {
                    summary.damages.append(Damage(file: file.path, offset: range.lowerBound, bytes: range.count))
                } else {
                    summary.tornBytes += range.count
                }
            case .record(let record, let isStray):
                do throws(StoreError) {
                    let decoded = try Frame.decode(record, of: bytes) { reader throws(StoreError) in
                        try reader.record(type: record.type)
                    }
                    body(decoded, isStray)
                } catch {
                    // Its checksum is right and it cannot be read: as good as damaged.
                    let start = record.stored.lowerBound - Frame.headerBytes
                    summary.damages.append(Damage(file: file.path, offset: start, bytes: record.end - start))
                }
            }
        }
    }

    /// In this order: what lies in one file, where what counts of it ends, and how much of that was durable for certain.
    private func pieces(of file: LogFile, _ all: UnsafeRawBufferPointer) -> ([Piece], Int, Int) {
        let bytes = UnsafeRawBufferPointer(rebasing: all.prefix(file.end ?? all.count))
        var records: [(offset: Int, record: Frame.Found)] = []
        var offset = file.header == nil ? 0 : FileHeader.byteCount
        while let next = Frame.find(bytes, from: offset) {
            records.append(next)
            offset = next.record.end
        }
        let durable = records.reduce(file.durable) { max($0, $1.record.durableBefore) }
        var pieces: [Piece] = []
        var end = file.header == nil ? 0 : min(FileHeader.byteCount, bytes.count)
        var tornAt: Int?
        for (offset, record) in records {
            if offset > end {
                let wasDurable = end < durable
                pieces.append(.hole(end..<offset, wasDurable: wasDurable))
                if !wasDurable { tornAt = end }
            }
            let isStray = tornAt.map { record.durableBefore <= $0 } ?? false
            pieces.append(.record(record, isStray: isStray))
            end = record.end
        }
        let expected = max(durable, bytes.count)
        if end < expected { pieces.append(.hole(end..<expected, wasDurable: end < durable)) }
        return (pieces, file.end ?? end, durable)
    }
}

extension StoreError {
    static func newer(_ version: UInt32, known: UInt32 = 1, path: String) -> StoreError {
        StoreError(
            .newerVersion,
            "it has format version \(version), and this program reads up to version \(known)", path: path)
    }

    static func foreign(path: String) -> StoreError {
        StoreError(.notThisStore, "it belongs to another store, or to a later life of this one", path: path)
    }
}

import CSQLite
import Files
import Telemetry

/// Writes an index run: a SQLite file bulk-loaded in key order and never written again.
package enum IndexRun {
    /// Writes the entries of `segments` to a new file at `path`, durable with its directory entry. Returns its bytes.
    /// After an error the file may be there in part; it is nobody's then, and may be removed.
    @discardableResult
    package static func write(
        _ segments: [IndexInput], storeID: StoreID, epoch: UInt64, path: String, files: any FileSystem
    ) throws(StoreError) -> Int {
        let connection = try SQLiteConnection(
            name: ":memory:", flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs: nil, path: path)
        for pragma in IndexSchema.pragmas { try connection.run(pragma) }
        for table in IndexSchema.tables { try connection.run(table) }
        try connection.run("BEGIN")
        try insertMeta(connection, segments, storeID: storeID, epoch: epoch)
        try insertTraces(connection, segments)
        try insertTransactions(connection, segments)
        try connection.run("COMMIT")
        return try connection.serialized { bytes throws(StoreError) in
            let checksums = RunChecksums.encode(bytes)
            do throws(FileError) {
                let file = try files.create(path)
                try file.append(bytes)
                try file.append(checksums.bytes)
                try file.sync()
                try file.close()
                try files.syncDirectory(SegmentWriter.directory(of: path))
            } catch {
                throw StoreError(error)
            }
            return bytes.count + checksums.count
        }
    }

    private static func insertMeta(
        _ connection: SQLiteConnection, _ segments: [IndexInput], storeID: StoreID, epoch: UInt64
    ) throws(StoreError) {
        let meta = try connection.prepare("INSERT INTO meta VALUES (?1, ?2, ?3, ?4)")
        meta.bind(1, text: Array(IndexSchema.magic.utf8))
        meta.bind(2, Int64(IndexSchema.version))
        meta.bind(3, blob: storeID.bytes)
        meta.bind(4, Int64(bitPattern: epoch))
        _ = try connection.step(meta)
        let segment = try connection.prepare("INSERT INTO segments VALUES (?1)")
        for number in segments.map(\.segmentNumber).sorted() {
            segment.reset()
            segment.bind(1, Int64(bitPattern: number))
            _ = try connection.step(segment)
        }
    }

    private static func insertTraces(_ connection: SQLiteConnection, _ segments: [IndexInput]) throws(StoreError) {
        var keys: [(id: TraceID, segment: Int, index: Int)] = []
        keys.reserveCapacity(segments.reduce(0) { $0 + $1.traces.count })
        for (number, segment) in segments.enumerated() {
            for (index, trace) in segment.traces.enumerated() { keys.append((trace.traceID, number, index)) }
        }
        keys.sort { left, right in
            left.id != right.id
                ? left.id < right.id
                : segments[left.segment].segmentNumber < segments[right.segment].segmentNumber
        }
        let insert = try connection.prepare("INSERT INTO traces VALUES (?1, ?2, ?3, ?4, ?5)")
        for key in keys {
            let trace = segments[key.segment].traces[key.index]
            insert.reset()
            insert.bind(1, blob: bytes(of: key.id))
            insert.bind(2, Int64(bitPattern: segments[key.segment].segmentNumber))
            insert.bind(3, Int64(trace.block))
            insert.bind(4, Int64(trace.firstRow))
            insert.bind(5, Int64(trace.rowCount))
            _ = try connection.step(insert)
        }
    }

    private static func insertTransactions(
        _ connection: SQLiteConnection, _ segments: [IndexInput]
    ) throws(StoreError) {
        let entries = segments.flatMap(\.transactions)
        let kinds = Set(entries.map(\.key.kind)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let insertKind = try connection.prepare("INSERT INTO kinds VALUES (?1, ?2)")
        var numbers: [String: Int] = [:]
        for (number, kind) in kinds.enumerated() {
            numbers[kind] = number
            insertKind.reset()
            insertKind.bind(1, Int64(number))
            insertKind.bind(2, text: Array(kind.utf8))
            _ = try connection.step(insertKind)
        }
        let keys = entries.map { entry in
            TransactionRow(
                value: IndexValue(entry.key.value), kind: numbers[entry.key.kind] ?? 0, trace: entry.traceID,
                revision: entry.rulesRevision)
        }.sorted()
        let insert = try connection.prepare("INSERT INTO transactions VALUES (?1, ?2, ?3, ?4)")
        for (index, key) in keys.enumerated() {
            // Of equal keys the last has the newest revision.
            if index + 1 < keys.count, key.hasSameKey(as: keys[index + 1]) { continue }
            insert.reset()
            key.value.bind(to: insert, 1)
            insert.bind(2, Int64(key.kind))
            insert.bind(3, blob: bytes(of: key.trace))
            insert.bind(4, Int64(key.revision))
            _ = try connection.step(insert)
        }
    }

    private struct TransactionRow: Comparable {
        var value: IndexValue
        var kind: Int
        var trace: TraceID
        var revision: UInt32

        func hasSameKey(as other: TransactionRow) -> Bool {
            value == other.value && kind == other.kind && trace == other.trace
        }

        static func < (left: TransactionRow, right: TransactionRow) -> Bool {
            if left.value < right.value { return true }
            if right.value < left.value { return false }
            if left.kind != right.kind { return left.kind < right.kind }
            if left.trace != right.trace { return left.trace < right.trace }
            return left.revision < right.revision
        }
    }

    static func bytes(of trace: TraceID) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            raw.storeBytes(of: trace.high.bigEndian, toByteOffset: 0, as: UInt64.self)
            raw.storeBytes(of: trace.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            count = 16
        }
    }
}

import CSQLite
import Files
import Telemetry

/// Answers look-ups from one index run. Thread-safe: each look-up borrows a connection of its own. The run's
/// file is open only while it is in use, and as long as there is room.
package final class IndexReader: Sendable {
    /// One place where a trace is.
    package struct Hit: Hashable, Sendable {
        package var segmentNumber: UInt64
        package var location: TraceLocation

        package init(segmentNumber: UInt64, location: TraceLocation) {
            self.segmentNumber = segmentNumber
            self.location = location
        }
    }

    package let path: String
    package let epoch: UInt64
    package let fileBytes: Int
    /// The segments that the run covers, ascending.
    package let segmentNumbers: [UInt64]

    private let files: any FileSystem
    private let open: OpenFiles<OpenRun>
    private let openName: UInt64

    /// Opens the run at `path` and checks that it is one, of a version that is known, of the store `storeID`. It stays
    /// open while `open` has room for it.
    package init(
        path: String, files: any FileSystem, expecting storeID: StoreID,
        open: OpenFiles<OpenRun> = OpenFiles(limit: OpenRun.maximumOpen)
    ) throws(StoreError) {
        self.path = path
        self.files = files
        self.open = open
        let run = try OpenRun(path: path, files: files)
        fileBytes = run.file.fileBytes
        (epoch, segmentNumbers) = try run.withConnection { connection throws(StoreError) in
            try IndexReader.check(connection, run.file, path: path, storeID)
        }
        openName = open.newName()
        open.keep(run, openName)
    }

    deinit { open.close(openName) }

    /// Every segment that has rows of `trace`, in segment order.
    package func locations(of trace: TraceID) throws(StoreError) -> [Hit] {
        try withConnection { connection throws(StoreError) in
            let statement = try connection.prepare(
                "SELECT segment, block, first_row, row_count FROM traces WHERE id = ?1 ORDER BY segment")
            defer { statement.reset() }
            statement.bind(1, blob: IndexRun.bytes(of: trace))
            var hits: [Hit] = []
            while try connection.step(statement) {
                guard let block = UInt32(exactly: statement.integer(1)),
                    let firstRow = UInt32(exactly: statement.integer(2)),
                    let rowCount = UInt32(exactly: statement.integer(3)),
                    firstRow <= UInt32.max - rowCount
                else { throw StoreError(.corrupt, "the row of trace \(trace) names no rows of a segment", path: path) }
                hits.append(
                    Hit(
                        segmentNumber: UInt64(bitPattern: statement.integer(0)),
                        location: TraceLocation(
                            traceID: trace, block: block, firstRow: firstRow, rowCount: rowCount)))
            }
            return hits
        }
    }

    /// The traces of the transactions whose normalised value is `value`, of one kind or of all, in key order.
    package func traces(of value: String, kind: String? = nil) throws(StoreError) -> [TransactionEntry] {
        try withConnection { connection throws(StoreError) in
            let statement = try connection.prepare(
                """
                SELECT k.name, t.trace, t.rules_revision FROM transactions t JOIN kinds k ON k.number = t.kind \
                WHERE t.value = ?1 AND (?2 IS NULL OR k.name = ?2) ORDER BY t.kind, t.trace
                """)
            defer { statement.reset() }
            IndexValue(value).bind(to: statement, 1)
            if let kind { statement.bind(2, text: Array(kind.utf8)) }
            var entries: [TransactionEntry] = []
            while try connection.step(statement) {
                let id = statement.bytes(1)
                guard id.count == 16, let revision = UInt32(exactly: statement.integer(2)) else {
                    throw StoreError(.corrupt, "a row of transaction \(value) names no trace", path: path)
                }
                entries.append(
                    TransactionEntry(
                        key: TransactionKey(
                            kind: String(decoding: statement.bytes(0), as: UTF8.self), value: value),
                        traceID: IndexReader.traceID(id), rulesRevision: revision))
            }
            return entries
        }
    }

    private static func traceID(_ bytes: [UInt8]) -> TraceID {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[index])
            low = low << 8 | UInt64(bytes[index + 8])
        }
        return TraceID(high: high, low: low)
    }

    private func withConnection<R>(
        _ body: (SQLiteConnection) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        let run = try open.handle(openName) { () throws(StoreError) in
            let run = try OpenRun(path: path, files: files)
            guard run.file.fileBytes == fileBytes else {
                throw StoreError(
                    .corrupt, "it has \(run.file.fileBytes) bytes, and had \(fileBytes) when it was opened first",
                    path: path)
            }
            return run
        }
        return try run.withConnection(body)
    }

    private static func check(
        _ connection: SQLiteConnection, _ file: RunFile, path: String, _ storeID: StoreID
    ) throws(StoreError) -> (epoch: UInt64, segments: [UInt64]) {
        let version = try integer(connection, "PRAGMA user_version")
        guard try integer(connection, "PRAGMA application_id") == Int64(IndexSchema.applicationID) else {
            throw StoreError(.corrupt, "it is no index run: the application id at offset 68 is not WBIX", path: path)
        }
        guard version <= IndexSchema.version else {
            throw StoreError(
                .newerVersion,
                "it has index format version \(version), and this program reads up to \(IndexSchema.version)",
                path: path)
        }
        let pages = try integer(connection, "PRAGMA page_count") * (try integer(connection, "PRAGMA page_size"))
        guard pages == Int64(file.pageBytes) else {
            throw StoreError(
                .corrupt, "it has pages of \(file.pageBytes) bytes where its header at offset 28 says \(pages)",
                path: path)
        }
        let meta = try connection.prepare("SELECT magic, version, store_id, epoch FROM meta")
        defer { meta.reset() }
        guard try connection.step(meta), meta.bytes(0) == Array(IndexSchema.magic.utf8),
            meta.integer(1) == Int64(IndexSchema.version), let id = StoreID(meta.bytes(2))
        else { throw StoreError(.corrupt, "its meta table is not an index run's", path: path) }
        guard id == storeID else {
            throw StoreError(
                .notThisStore, "it belongs to the store \(Hex.string(id.bytes)), not to \(Hex.string(storeID.bytes))",
                path: path)
        }
        let epoch = UInt64(bitPattern: meta.integer(3))
        let segments = try connection.prepare("SELECT number FROM segments ORDER BY number")
        defer { segments.reset() }
        var numbers: [UInt64] = []
        while try connection.step(segments) { numbers.append(UInt64(bitPattern: segments.integer(0))) }
        return (epoch, numbers)
    }

    private static func integer(_ connection: SQLiteConnection, _ sql: String) throws(StoreError) -> Int64 {
        let statement = try connection.prepare(sql)
        defer { statement.reset() }
        guard try connection.step(statement) else { return 0 }
        return statement.integer(0)
    }
}

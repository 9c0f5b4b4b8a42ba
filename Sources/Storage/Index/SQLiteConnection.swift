import CSQLite

/// One connection to SQLite with its prepared statements; used by one thread at a time.
final class SQLiteConnection {
    private var handle: OpaquePointer?
    private let path: String
    private var statements: [String: OpaquePointer] = [:]

    /// `path` names the run in errors.
    init(name: String, flags: Int32, vfs: String?, path: String) throws(StoreError) {
        self.path = path
        let status = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX, vfs)
        guard status == SQLITE_OK else { throw error(status, "open it") }
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    func run(_ sql: String) throws(StoreError) {
        let status = sqlite3_exec(handle, sql, nil, nil, nil)
        guard status == SQLITE_OK else { throw error(status, "run \"\(sql)\"") }
    }

    /// A prepared statement, kept for the next time.
    func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
        if let known = statements[sql] { return SQLiteStatement(known) }
        var statement: OpaquePointer?
        let status = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard status == SQLITE_OK, let statement else { throw error(status, "prepare \"\(sql)\"") }
        statements[sql] = statement
        return SQLiteStatement(statement)
    }

    /// Whether there is another row.
    func step(_ statement: SQLiteStatement) throws(StoreError) -> Bool {
        let status = sqlite3_step(statement.handle)
        if status == SQLITE_ROW { return true }
        guard status == SQLITE_DONE else { throw error(status, "look up its rows") }
        return false
    }

    /// The whole database as the bytes of a file.
    func serialized<R>(_ body: (UnsafeRawBufferPointer) throws(StoreError) -> R) throws(StoreError) -> R {
        var size: sqlite3_int64 = 0
        guard let bytes = sqlite3_serialize(handle, "main", &size, 0) else {
            throw StoreError(.limit, "there is not enough memory to write out an index run", path: path)
        }
        defer { sqlite3_free(bytes) }
        return try body(UnsafeRawBufferPointer(start: bytes, count: Int(size)))
    }

    private func error(_ status: Int32, _ action: String) -> StoreError {
        let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(status))
        let code: StoreError.Code =
            switch status & 0xFF {
            case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR, SQLITE_FORMAT: .corrupt
            case SQLITE_NOMEM, SQLITE_TOOBIG, SQLITE_FULL: .limit
            default: .fileSystem
            }
        return StoreError(code, "SQLite cannot \(action): \(reason)", path: path)
    }
}

/// A prepared statement: bind from 1, read columns from 0.
struct SQLiteStatement {
    let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    /// Ready for new values.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }

    func bind(_ index: Int32, blob: [UInt8]) {
        _ = blob.withUnsafeBytes {
            sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), Self.transient)
        }
    }

    func bind(_ index: Int32, text: [UInt8]) {
        _ = text.withUnsafeBytes { bytes in
            sqlite3_bind_text64(
                handle, index, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(bytes.count),
                Self.transient, UInt8(SQLITE_UTF8))
        }
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// The bytes of a text or a blob, copied.
    func bytes(_ column: Int32) -> [UInt8] {
        // The pointer first: asking for it may convert the value.
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func isBlob(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_BLOB }

    /// SQLITE_TRANSIENT: SQLite copies the bytes before it returns.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

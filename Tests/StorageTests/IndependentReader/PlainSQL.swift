import CSQLite

/// Plain SQLite, as anybody may use it.
final class PlainSQL {
    enum Value: Hashable {
        case null
        case int(Int64)
        case double(Double)
        case text([UInt8])
        case blob([UInt8])

        var int: Int64 {
            get throws {
                guard case .int(let number) = self else { throw PlainError("\(self) is no integer") }
                return number
            }
        }

        /// Stored as the signed number of the same bits.
        var unsigned: UInt64 {
            get throws { UInt64(bitPattern: try int) }
        }

        var text: [UInt8] {
            get throws {
                guard case .text(let bytes) = self else { throw PlainError("\(self) is no text") }
                return bytes
            }
        }

        var blob: [UInt8] {
            get throws {
                guard case .blob(let bytes) = self else { throw PlainError("\(self) is no blob") }
                return bytes
            }
        }
    }

    private var handle: OpaquePointer?

    init(_ path: String) throws {
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK else {
            throw PlainError("SQLite does not open \(path)")
        }
    }

    deinit { sqlite3_close_v2(handle) }

    func rows(_ sql: String) throws -> [[Value]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw PlainError("\(sql): \(String(cString: sqlite3_errmsg(handle)))")
        }
        defer { sqlite3_finalize(statement) }
        var rows: [[Value]] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return rows
            case SQLITE_ROW: rows.append((0..<sqlite3_column_count(statement)).map { value(statement, $0) })
            default: throw PlainError("\(sql): \(String(cString: sqlite3_errmsg(handle)))")
            }
        }
    }

    private func value(_ statement: OpaquePointer?, _ column: Int32) -> Value {
        let type = sqlite3_column_type(statement, column)
        switch type {
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(statement, column))
        case SQLITE_NULL: return .null
        default:
            let bytes = UnsafeRawBufferPointer(
                start: sqlite3_column_blob(statement, column), count: Int(sqlite3_column_bytes(statement, column)))
            return type == SQLITE_TEXT ? .text(Array(bytes)) : .blob(Array(bytes))
        }
    }
}

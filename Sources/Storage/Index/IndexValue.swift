/// A transaction's value as the index keeps it, in SQLite's order: text before blobs, each by its bytes.
struct IndexValue: Comparable {
    let isUUID: Bool
    let bytes: [UInt8]

    init(_ value: String) {
        let text = Array(value.utf8)
        if let uuid = TransactionValue.uuid(text) {
            isUUID = true
            bytes = uuid
        } else {
            isUUID = false
            bytes = text
        }
    }

    func bind(to statement: SQLiteStatement, _ index: Int32) {
        if isUUID { statement.bind(index, blob: bytes) } else { statement.bind(index, text: bytes) }
    }

    /// The value in column `column` of the row that `statement` is at.
    static func text(_ statement: SQLiteStatement, _ column: Int32) -> String {
        let isBlob = statement.isBlob(column)
        let bytes = statement.bytes(column)
        let text = isBlob ? bytes.withUnsafeBytes { TransactionValue.text($0) } : bytes
        return String(decoding: text, as: UTF8.self)
    }

    static func < (left: IndexValue, right: IndexValue) -> Bool {
        left.isUUID != right.isUUID ? right.isUUID : left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// A transaction's value as the index keeps it, in SQLite's order: text before blobs, each by its bytes.
struct IndexValue: Comparable {
    let isUUID: Bool
    let bytes: [UInt8]
    /// The first eight bytes as a number, filled up with zeros: mostly enough to tell two values apart.
    private let head: UInt64

    init(_ value: String) {
        let text = Array(value.utf8)
        if let uuid = TransactionValue.uuid(text) {
            isUUID = true
            bytes = uuid
        } else {
            isUUID = false
            bytes = text
        }
        var head: UInt64 = 0
        for index in 0..<8 { head = head << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
        self.head = head
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
        if left.isUUID != right.isUUID { return right.isUUID }
        if left.head != right.head { return left.head < right.head }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

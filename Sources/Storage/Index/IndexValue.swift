import Glibc

/// A transaction's value as the index keeps it: a lower-case UUID is a blob of its 16 bytes, anything else a text.
struct IndexValue {
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

    /// The value that a record starts with, as fast as look-ups need it.
    @inline(__always)
    static func first(_ record: UnsafeRawBufferPointer) -> (isText: Bool, bytes: UnsafeRawBufferPointer)? {
        if record.count > 2 {
            let header = Int(record[0])
            let count = (Int(record[1]) &- 12) >> 1
            if header > 1, header < 0x80, record[1] < 0x80, count >= 0, header &+ count <= record.count {
                let bytes = UnsafeRawBufferPointer(start: record.baseAddress! + header, count: count)
                return (record[1] & 1 == 1, bytes)
            }
        }
        guard var reader = RecordReader(record) else { return nil }
        return reader.bytes()
    }

    func withBytes(_ body: (UnsafeRawBufferPointer) throws(StoreError) -> Void) throws(StoreError) {
        // Typed errors do not pass through the array's own method.
        var failure: StoreError?
        bytes.withUnsafeBytes { bytes in
            do throws(StoreError) { try body(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// SQLite's order: texts before blobs, each by their bytes. Negative when `left` comes first.
    @inline(__always)
    static func order(
        _ leftIsText: Bool, _ left: UnsafeRawBufferPointer, _ rightIsText: Bool, _ right: UnsafeRawBufferPointer
    ) -> Int {
        if leftIsText != rightIsText { return leftIsText ? -1 : 1 }
        let count = min(left.count, right.count)
        if count > 0 {
            let difference = Int(memcmp(left.baseAddress!, right.baseAddress!, count))
            if difference != 0 { return difference }
        }
        return left.count - right.count
    }
}

import Telemetry

/// Builds records, one after another: a header with the serial type of each column, then the values
/// (https://sqlite.org/fileformat2.html §2.1).
final class RecordWriter {
    private let types = GrowingBuffer<UInt8>()
    private let body = GrowingBuffer<UInt8>(capacity: 256)
    private let record = GrowingBuffer<UInt8>(capacity: 256)

    func removeAll() {
        types.removeAll()
        body.removeAll()
    }

    func integer(_ value: Int64) {
        if value == 0 || value == 1 {
            types.append(UInt8(8 + value))
            return
        }
        // The two's complement in 1, 2, 3, 4, 6 or 8 bytes, big-endian: serial types 1 to 6.
        let bits = 65 - (value < 0 ? ~value : value).leadingZeroBitCount
        let (type, count): (UInt8, Int) =
            bits <= 8
            ? (1, 1) : bits <= 16 ? (2, 2) : bits <= 24 ? (3, 3) : bits <= 32 ? (4, 4) : bits <= 48 ? (5, 6) : (6, 8)
        types.append(type)
        for index in 0..<count { body.append(UInt8(truncatingIfNeeded: value >> Int64((count - 1 - index) * 8))) }
    }

    /// The bits of `value` as a signed integer, as SQLite has no other.
    func integer(_ value: UInt64) { integer(Int64(bitPattern: value)) }

    func blob(_ bytes: UnsafeRawBufferPointer) { value(bytes, 12) }

    func text(_ bytes: UnsafeRawBufferPointer) { value(bytes, 13) }

    func blob(_ bytes: [UInt8]) { bytes.withUnsafeBytes { blob($0) } }

    func text(_ bytes: [UInt8]) { bytes.withUnsafeBytes { text($0) } }

    func text(_ text: String) {
        var text = text
        text.withUTF8 { self.text(UnsafeRawBufferPointer($0)) }
    }

    /// A trace id's 16 bytes.
    func traceID(_ id: TraceID) {
        types.append(12 + 2 * 16)
        body.reserveIfNeeded(16)
        let target = UnsafeMutableRawPointer(body.base + body.count)
        target.storeBytes(of: id.high.bigEndian, as: UInt64.self)
        target.storeBytes(of: id.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        body.grow(by: 16)
    }

    private func value(_ bytes: UnsafeRawBufferPointer, _ type: Int) {
        let type = type + 2 * bytes.count
        types.reserveIfNeeded(4)
        types.grow(by: PageFormat.put(varint: type, types.base + types.count))
        if bytes.isEmpty { return }
        body.append(contentsOf: bytes.assumingMemoryBound(to: UInt8.self))
    }

    /// The bytes of the record; they stay until the next one is finished.
    func finish() -> UnsafeRawBufferPointer {
        record.removeAll()
        // The header counts its own length; ours are far below the 127 bytes beyond which that takes two.
        precondition(types.count < 127)
        record.append(UInt8(types.count + 1))
        record.append(contentsOf: UnsafeBufferPointer(start: types.base, count: types.count))
        record.append(contentsOf: UnsafeBufferPointer(start: body.base, count: body.count))
        return record.bytes
    }
}

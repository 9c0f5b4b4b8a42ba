import Telemetry

/// Appends protobuf fields to bytes. Lengths are written as the shortest varint, so the output equals what the
/// reference implementations write for the same fields in the same order.
struct ProtobufWriter {
    private(set) var output: [UInt8] = []

    init(reserving bytes: Int = 0) { output.reserveCapacity(bytes) }

    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        output.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    mutating func tag(_ number: UInt64, _ wireType: UInt64) { varint(number << 3 | wireType) }

    mutating func raw(_ bytes: UnsafeRawBufferPointer) { output.append(contentsOf: bytes) }

    /// A varint field, left out when zero as proto3 does.
    mutating func varintField(_ number: UInt64, _ value: UInt64) {
        if value == 0 { return }
        tag(number, ProtobufReader.WireType.varint)
        varint(value)
    }

    /// An enum or int32 field: negative values are sign-extended to 64 bits.
    mutating func int32Field(_ number: UInt64, _ value: Int32) {
        varintField(number, UInt64(bitPattern: Int64(value)))
    }

    mutating func fixed64(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { output.append(contentsOf: $0) }
    }

    mutating func fixed64Field(_ number: UInt64, _ value: UInt64) {
        if value == 0 { return }
        tag(number, ProtobufReader.WireType.fixed64)
        fixed64(value)
    }

    mutating func fixed32Field(_ number: UInt64, _ value: UInt32) {
        if value == 0 { return }
        tag(number, ProtobufReader.WireType.fixed32)
        withUnsafeBytes(of: value.littleEndian) { output.append(contentsOf: $0) }
    }

    /// Bytes with their length, written even when empty: for members of a `oneof`.
    mutating func bytes(_ number: UInt64, _ bytes: UnsafeRawBufferPointer) {
        tag(number, ProtobufReader.WireType.bytes)
        varint(UInt64(bytes.count))
        output.append(contentsOf: bytes)
    }

    /// A string or bytes field, left out when empty.
    mutating func bytesField(_ number: UInt64, _ bytes: UnsafeRawBufferPointer) {
        if !bytes.isEmpty { self.bytes(number, bytes) }
    }

    mutating func stringField(_ number: UInt64, _ text: String) {
        var text = text
        text.withUTF8 { bytesField(number, UnsafeRawBufferPointer($0)) }
    }

    /// An id as big-endian bytes; left out when it is the invalid one.
    mutating func idField(_ number: UInt64, _ id: TraceID) {
        if !id.isValid { return }
        tag(number, ProtobufReader.WireType.bytes)
        output.append(16)
        withUnsafeBytes(of: id.high.bigEndian) { output.append(contentsOf: $0) }
        withUnsafeBytes(of: id.low.bigEndian) { output.append(contentsOf: $0) }
    }

    mutating func idField(_ number: UInt64, _ id: SpanID) {
        if !id.isValid { return }
        tag(number, ProtobufReader.WireType.bytes)
        output.append(8)
        withUnsafeBytes(of: id.rawValue.bigEndian) { output.append(contentsOf: $0) }
    }

    /// Starts a submessage, leaving one byte for its length. Pass the result to `endMessage`.
    mutating func beginMessage(_ number: UInt64) -> Int {
        tag(number, ProtobufReader.WireType.bytes)
        output.append(0)
        return output.count
    }

    /// Writes the length of the submessage that started at `start`; a length of more than one byte moves the body.
    mutating func endMessage(_ start: Int) {
        let length = output.count - start
        if length < 0x80 {
            output[start - 1] = UInt8(truncatingIfNeeded: length)
            return
        }
        let lengthBytes = (64 - UInt64(length).leadingZeroBitCount + 6) / 7
        for _ in 1..<lengthBytes { output.append(0) }
        output.withUnsafeMutableBytes { bytes in
            let base = bytes.baseAddress!
            (base + start + lengthBytes - 1).copyMemory(from: base + start, byteCount: length)
            var rest = UInt64(length)
            for index in 0..<lengthBytes {
                bytes[start - 1 + index] = UInt8(truncatingIfNeeded: rest & 0x7F) | (index < lengthBytes - 1 ? 0x80 : 0)
                rest >>= 7
            }
        }
    }

    /// Takes the bytes out.
    consuming func finish() -> [UInt8] { output }
}

/// Writes protobuf messages by hand.
struct ProtobufBytes {
    var bytes: [UInt8] = []

    init(_ write: (inout ProtobufBytes) -> Void = { _ in }) { write(&self) }

    mutating func raw(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func tag(_ number: Int, _ wireType: UInt64) { raw(UInt64(number) << 3 | wireType) }

    mutating func varint(_ number: Int, _ value: UInt64) {
        tag(number, 0)
        raw(value)
    }

    mutating func fixed64(_ number: Int, _ value: UInt64) {
        tag(number, 1)
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }

    mutating func fixed32(_ number: Int, _ value: UInt32) {
        tag(number, 5)
        for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }

    mutating func field(_ number: Int, _ content: [UInt8]) {
        tag(number, 2)
        raw(UInt64(content.count))
        bytes += content
    }

    mutating func text(_ number: Int, _ text: String) { field(number, Array(text.utf8)) }
    mutating func message(_ number: Int, _ write: (inout ProtobufBytes) -> Void) {
        field(number, ProtobufBytes(write).bytes)
    }

    mutating func group(_ number: Int, _ write: (inout ProtobufBytes) -> Void) {
        tag(number, 3)
        write(&self)
        tag(number, 4)
    }
}

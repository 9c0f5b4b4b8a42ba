/// How a protobuf field is read, and written as an id. A message does not tell: its encoding has wire types alone.
public enum ProtobufFieldType: String, Sendable, Hashable, CaseIterable {
    case string
    /// In hexadecimal digits.
    case bytes
    /// Sixteen bytes, in the form `97ed4827-7b6f-4491-a06f-b548d5a7512d`.
    case uuid
    /// `uint32`, `uint64`, `fixed32` and `fixed64`, in decimal digits.
    case uint64
    /// `int32`, `int64`, `sfixed32` and `sfixed64`.
    case int64
    /// `sint32` and `sint64`: ZigZag.
    case sint64

    /// Whether its values stand in length-delimited fields.
    var isDelimited: Bool {
        switch self {
        case .string, .bytes, .uuid: true
        case .uint64, .int64, .sint64: false
        }
    }

    /// The id that these bytes are; `nil` when they cannot be one.
    func text(ofDelimited bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .string: bytes
        case .bytes: Self.hexadecimal(bytes[...])
        case .uuid: bytes.count == 16 ? Self.uuid(bytes) : nil
        case .uint64, .int64, .sint64: nil
        }
    }

    func text(ofVarint value: UInt64) -> [UInt8]? {
        switch self {
        case .uint64: Array(String(value).utf8)
        case .int64: Array(String(Int64(bitPattern: value)).utf8)
        case .sint64: Array(String(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)).utf8)
        case .string, .bytes, .uuid: nil
        }
    }

    /// - Parameter isShort: Whether it has four bytes.
    func text(ofFixed value: UInt64, isShort: Bool) -> [UInt8]? {
        switch self {
        case .uint64: Array(String(value).utf8)
        case .int64 where isShort: Array(String(Int32(truncatingIfNeeded: value)).utf8)
        case .int64: Array(String(Int64(bitPattern: value)).utf8)
        case .string, .bytes, .uuid, .sint64: nil
        }
    }

    private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
    }

    private static func uuid(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for part in [0..<4, 4..<6, 6..<8, 8..<10, 10..<16] {
            if !output.isEmpty { output.append(UInt8(ascii: "-")) }
            output += hexadecimal(bytes[part])
        }
        return output
    }
}

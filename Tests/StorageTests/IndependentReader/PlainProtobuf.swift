/// The messages of OpenTelemetry's `common.proto` that arrays and maps are stored as: just enough of protobuf for them.
enum PlainProtobuf {
    /// `ArrayValue`: field 1, `AnyValue`, repeated.
    static func array(_ message: [UInt8], depth: Int = 0) throws -> [PlainValue] {
        try fields(message, depth).filter { $0.number == 1 }.map { try any($0.bytes, depth + 1) }
    }

    /// `KeyValueList`: field 1, `KeyValue`, repeated; of that field 1 the key, field 2 the value.
    static func map(_ message: [UInt8], depth: Int = 0) throws -> [PlainAttribute] {
        try fields(message, depth).filter { $0.number == 1 }.map { entry in
            let pair = try fields(entry.bytes, depth)
            return PlainAttribute(
                key: pair.last { $0.number == 1 }?.bytes ?? [],
                value: try pair.last { $0.number == 2 }.map { try any($0.bytes, depth + 1) } ?? .none)
        }
    }

    /// `AnyValue`: 1 string, 2 bool, 3 int, 4 double, 5 array, 6 map, 7 bytes.
    private static func any(_ message: [UInt8], _ depth: Int) throws -> PlainValue {
        guard let field = try fields(message, depth).last(where: { (1...7).contains($0.number) }) else { return .none }
        switch field.number {
        case 1: return .string(field.bytes)
        case 2: return .bool(field.value != 0)
        case 3: return .int(Int64(bitPattern: field.value))
        case 4: return .double(field.value)
        case 5: return .array(field.bytes)
        case 6: return .map(field.bytes)
        default: return .bytes(field.bytes)
        }
    }

    private typealias Field = (number: UInt64, value: UInt64, bytes: [UInt8])

    private static func fields(_ message: [UInt8], _ depth: Int) throws -> [Field] {
        guard depth <= 64 else { throw PlainError("values nested \(depth) deep") }
        var source = PlainBytes(message)
        var fields: [Field] = []
        while !source.isAtEnd {
            let tag = try source.varint()
            switch tag & 7 {
            case 0: fields.append((tag >> 3, try source.varint(), []))
            case 1: fields.append((tag >> 3, try source.u64(), []))
            case 2: fields.append((tag >> 3, 0, try source.string()))
            case 5: fields.append((tag >> 3, UInt64(try source.u32()), []))
            default: throw PlainError("wire type \(tag & 7) before \(source.position)")
            }
        }
        return fields
    }
}

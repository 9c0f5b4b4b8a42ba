/// Arrays and maps inside a `SpanBatch` are kept encoded, as the protobuf messages `ArrayValue` and `KeyValueList`
/// (`opentelemetry/proto/common/v1/common.proto`): rare, of any depth, and equal to what OTLP carries.
public enum NestedValue {
    /// Arrays and maps inside one another. Deeper nesting is refused by decoders and cut off with `.empty` here.
    public static let maximumDepth = 32

    /// The body of an `ArrayValue`.
    public static func encode(array values: [AttributeValue], depth: Int = 0) -> [UInt8] {
        var output: [UInt8] = []
        for value in values { appendMessage(1, anyValue(value, depth: depth + 1), to: &output) }
        return output
    }

    /// The body of a `KeyValueList`.
    public static func encode(map entries: [Attribute], depth: Int = 0) -> [UInt8] {
        var output: [UInt8] = []
        for entry in entries {
            var pair: [UInt8] = []
            if !entry.key.isEmpty { appendMessage(1, Array(entry.key.utf8), to: &pair) }
            appendMessage(2, anyValue(entry.value, depth: depth + 1), to: &pair)
            appendMessage(1, pair, to: &output)
        }
        return output
    }

    /// The values of an `ArrayValue`'s body; `nil` when the bytes are not one, or nest too deep.
    public static func decode(array bytes: ArraySlice<UInt8>, depth: Int = 0) -> [AttributeValue]? {
        var reader = ProtobufCursor(bytes)
        var values: [AttributeValue] = []
        while let field = reader.next() {
            if field.number == 1, let body = field.bytes {
                guard let value = decode(anyValue: body, depth: depth + 1) else { return nil }
                values.append(value)
            }
        }
        return reader.failed ? nil : values
    }

    /// The entries of a `KeyValueList`'s body; `nil` when the bytes are not one, or nest too deep.
    public static func decode(map bytes: ArraySlice<UInt8>, depth: Int = 0) -> [Attribute]? {
        var reader = ProtobufCursor(bytes)
        var entries: [Attribute] = []
        while let field = reader.next() {
            guard field.number == 1, let body = field.bytes else { continue }
            var pair = ProtobufCursor(body)
            var entry = Attribute("", .empty)
            while let part = pair.next() {
                if part.number == 1, let key = part.bytes { entry.key = String(decoding: key, as: UTF8.self) }
                if part.number == 2, let value = part.bytes {
                    guard let decoded = decode(anyValue: value, depth: depth + 1) else { return nil }
                    entry.value = decoded
                }
            }
            if pair.failed { return nil }
            entries.append(entry)
        }
        return reader.failed ? nil : entries
    }

    /// The value of an `AnyValue`'s body.
    public static func decode(anyValue bytes: ArraySlice<UInt8>, depth: Int = 0) -> AttributeValue? {
        guard depth <= maximumDepth else { return nil }
        var reader = ProtobufCursor(bytes)
        var value = AttributeValue.empty
        while let field = reader.next() {
            switch (field.number, field.bytes) {
            case (1, let text?): value = .string(String(decoding: text, as: UTF8.self))
            case (2, nil): value = .bool(field.number64 != 0)
            case (3, nil): value = .int(Int64(bitPattern: field.number64))
            case (4, nil): value = .double(Double(bitPattern: field.number64))
            case (5, let body?):
                guard let values = decode(array: body, depth: depth) else { return nil }
                value = .array(values)
            case (6, let body?):
                guard let entries = decode(map: body, depth: depth) else { return nil }
                value = .map(entries)
            case (7, let raw?): value = .bytes(Array(raw))
            default: continue
            }
        }
        return reader.failed ? nil : value
    }

    /// The body of an `AnyValue`. A member of a `oneof` is written even when it is zero: presence is the information.
    public static func anyValue(_ value: AttributeValue, depth: Int = 0) -> [UInt8] {
        guard depth <= maximumDepth else { return [] }
        var output: [UInt8] = []
        switch value {
        case .empty: break
        case .string(let text): appendMessage(1, Array(text.utf8), to: &output)
        case .bool(let flag): output += [2 << 3 | 0, flag ? 1 : 0]
        case .int(let number):
            output.append(3 << 3 | 0)
            appendVarint(UInt64(bitPattern: number), to: &output)
        case .double(let number):
            output.append(4 << 3 | 1)
            for shift in 0..<8 { output.append(UInt8(truncatingIfNeeded: number.bitPattern >> UInt64(8 * shift))) }
        // What is in one at the last level would lie too deep.
        case .array where depth == maximumDepth, .map where depth == maximumDepth: break
        case .array(let values): appendMessage(5, encode(array: values, depth: depth), to: &output)
        case .map(let entries): appendMessage(6, encode(map: entries, depth: depth), to: &output)
        case .bytes(let raw): appendMessage(7, raw, to: &output)
        }
        return output
    }

    private static func appendMessage(_ number: UInt8, _ body: [UInt8], to output: inout [UInt8]) {
        output.append(number << 3 | 2)
        appendVarint(UInt64(body.count), to: &output)
        output += body
    }

    private static func appendVarint(_ value: UInt64, to output: inout [UInt8]) {
        var value = value
        while value >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        output.append(UInt8(value))
    }
}

/// A forgiving cursor over protobuf fields, for the rare nested value at the edge. Hot decoding has its own reader.
struct ProtobufCursor {
    struct Field {
        var number: UInt64
        /// Varint, fixed 64 or fixed 32, widened.
        var number64: UInt64 = 0
        /// A length-delimited field's body.
        var bytes: ArraySlice<UInt8>?
    }

    private var rest: ArraySlice<UInt8>
    private(set) var failed = false

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> Field? {
        guard !rest.isEmpty, !failed else { return nil }
        guard let tag = varint(), tag >> 3 != 0 else { return fail() }
        switch tag & 7 {
        case 0:
            guard let value = varint() else { return fail() }
            return Field(number: tag >> 3, number64: value)
        case 1:
            guard let value = fixed(8) else { return fail() }
            return Field(number: tag >> 3, number64: value)
        case 2:
            guard let length = varint(), length <= UInt64(rest.count) else { return fail() }
            let body = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return Field(number: tag >> 3, bytes: body)
        case 5:
            guard let value = fixed(4) else { return fail() }
            return Field(number: tag >> 3, number64: value)
        default:
            return fail()
        }
    }

    private mutating func fail() -> Field? {
        failed = true
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
            if shift > 63 { return nil }
        }
        return nil
    }

    private mutating func fixed(_ count: Int) -> UInt64? {
        guard rest.count >= count else { return nil }
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * index) }
        rest = rest.dropFirst(count)
        return value
    }
}

/// A value of an attribute, exactly as it is stored. Arrays and maps are encoded protobuf messages.
enum PlainValue: Hashable {
    case none
    case string([UInt8])
    case bool(Bool)
    case int(Int64)
    /// The bits, so that every NaN is itself.
    case double(UInt64)
    case bytes([UInt8])
    case array([UInt8])
    case map([UInt8])

    var type: UInt8 {
        switch self {
        case .none: 0
        case .string: 1
        case .bool: 2
        case .int: 3
        case .double: 4
        case .bytes: 5
        case .array: 6
        case .map: 7
        }
    }

    /// Of a type that holds bytes.
    init(type: UInt8, bytes: [UInt8]) throws {
        switch type {
        case 1: self = .string(bytes)
        case 5: self = .bytes(bytes)
        case 6: self = .array(bytes)
        case 7: self = .map(bytes)
        default: throw PlainError("type \(type) has no bytes")
        }
    }

    /// Of a type that holds a number.
    init(type: UInt8, number: UInt64) throws {
        switch type {
        case 2:
            guard number <= 1 else { throw PlainError("a bool of \(number)") }
            self = .bool(number == 1)
        case 3: self = .int(Int64(bitPattern: number))
        case 4: self = .double(number)
        default: throw PlainError("type \(type) is no number")
        }
    }

    /// As it is written, `bytes` reading what holds bytes: a string number in blocks, a `string` in canonical forms.
    init(type: UInt8, _ source: inout PlainBytes, bytes: (inout PlainBytes) throws -> [UInt8]) throws {
        switch type {
        case 0: self = .none
        case 1, 5, 6, 7: self = try PlainValue(type: type, bytes: try bytes(&source))
        case 2: self = try PlainValue(type: 2, number: UInt64(try source.u8()))
        case 3: self = .int(try source.zigzag())
        case 4: self = .double(try source.u64())
        default: throw PlainError("value type \(type) before \(source.position)")
        }
    }

    /// Writes the canonical form.
    func write(_ output: inout PlainOutput) {
        switch self {
        case .none: return
        case .string(let bytes), .bytes(let bytes), .array(let bytes), .map(let bytes): output.string(bytes)
        case .bool(let value): output.bytes.append(value ? 1 : 0)
        case .int(let value): output.zigzag(value)
        case .double(let bits): output.u64(bits)
        }
    }
}

/// The type of an attribute's value in a `SpanBatch`; its 64-bit payload is read by it.
@frozen
public enum ValueType: UInt8, Sendable, Hashable {
    /// Payload 0.
    case empty = 0
    /// Payload: a `StringRef`.
    case string = 1
    /// Payload: 0 or 1.
    case bool = 2
    /// Payload: the two's complement bits.
    case int = 3
    /// Payload: the IEEE 754 bits, NaN's included.
    case double = 4
    /// Payload: a `StringRef` to the bytes.
    case bytes = 5
    /// Payload: a `StringRef` to an encoded `ArrayValue` (protobuf).
    case array = 6
    /// Payload: a `StringRef` to an encoded `KeyValueList` (protobuf).
    case map = 7

    /// Whether the payload is a `StringRef`.
    @inlinable public var isReference: Bool {
        switch self {
        case .string, .bytes, .array, .map: true
        case .empty, .bool, .int, .double: false
        }
    }
}

/// The key and type of one attribute of a shape.
@frozen
public struct ShapeField: Hashable, Sendable {
    public var key: StringRef
    public var type: ValueType

    @inlinable
    public init(key: StringRef, type: ValueType) {
        self.key = key
        self.type = type
    }
}

/// A list of attributes in a `SpanBatch`: which shape, and where its payloads start in `SpanBatch.values`.
/// The shape says how many there are. Shape 0 has none.
@frozen
public struct AttributeList: Hashable, Sendable {
    public var shape: UInt32
    public var start: UInt32

    @inlinable
    public init(shape: UInt32, start: UInt32) {
        self.shape = shape
        self.start = start
    }

    @inlinable public static var empty: AttributeList { AttributeList(shape: 0, start: 0) }
}

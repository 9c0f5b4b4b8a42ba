/// What an OpenTelemetry attribute can hold (`opentelemetry.proto.common.v1.AnyValue`).
///
/// Strings are bytes on the wire; here they are `String`, with invalid UTF-8 repaired. The exact bytes stay in the
/// `SpanBatch` a value was read from.
public indirect enum AttributeValue: Sendable, Hashable {
    /// An `AnyValue` with no member set.
    case empty
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([AttributeValue])
    case map([Attribute])

    /// Equality of what is stored: NaN equals itself and 0.0 differs from -0.0, because the bits are what was sent.
    public static func == (left: AttributeValue, right: AttributeValue) -> Bool {
        switch (left, right) {
        case (.empty, .empty): true
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern
        case (.bytes(let a), .bytes(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .empty: hasher.combine(0)
        case .string(let value): hasher.combine(value)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.bitPattern)
        case .bytes(let value): hasher.combine(value)
        case .array(let value): hasher.combine(value)
        case .map(let value): hasher.combine(value)
        }
    }
}

/// One key and its value. Keys may repeat and may be empty: what was sent is what is kept, in order.
public struct Attribute: Sendable, Hashable {
    public var key: String
    public var value: AttributeValue

    public init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }
}

extension Sequence<Attribute> {
    /// The value of the first attribute named `key`.
    public func first(_ key: String) -> AttributeValue? { first { $0.key == key }?.value }
}

extension AttributeValue {
    /// The value as a person reads it: strings bare, numbers in decimal, bytes in hexadecimal.
    public var text: String {
        switch self {
        case .empty: ""
        case .string(let value): value
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .double(let value): String(value)
        case .bytes(let value): Hex.string(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .map(let entries): "{" + entries.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
        }
    }
}

/// A value written in a query.
public enum Literal: Sendable, Hashable {
    case string(String)
    case int(Int64)
    /// Never a NaN and never infinite.
    case double(Double)
    /// Nanoseconds.
    case duration(Int64)
    case bool(Bool)
    /// What is not there.
    case none
    /// `SpanStatus`: 0 unset, 1 ok, 2 error.
    case status(Int32)
    /// `SpanKind`.
    case kind(Int32)

    static let statuses = ["unset", "ok", "error"]
    static let kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"]

    var type: ValueType {
        switch self {
        case .string: .string
        case .int: .int
        case .double: .double
        case .duration: .duration
        case .bool: .bool
        case .none: .none
        case .status: .status
        case .kind: .kind
        }
    }
}

/// What an expression is known to give before any span is seen.
enum ValueType: String {
    /// An attribute's value is whatever was recorded.
    case attribute = "an attribute"
    case string = "a string"
    case int = "an integer"
    case double = "a number"
    case duration = "a duration"
    case bool = "true or false"
    case none = "nil"
    case status = "a status"
    case kind = "a kind"

    var isNumber: Bool { self == .int || self == .double || self == .duration }

    func fits(_ other: ValueType) -> Bool {
        self == other || self == .attribute || other == .attribute || isNumber && other.isNumber
    }
}

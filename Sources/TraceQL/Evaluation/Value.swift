import Telemetry

/// What an expression gives for one span.
public enum Value: Sendable, Hashable {
    /// Nothing is there.
    case none
    case string(String)
    case int(Int64)
    case double(Double)
    case bool(Bool)
    /// Nanoseconds.
    case duration(Int64)
    case status(Int32)
    case kind(Int32)
    /// An array, or what several attributes, events or links have of one name.
    case list([Value])
    /// Something is there that compares with nothing: bytes, a map, an empty value.
    case opaque
}

extension Value {
    init(_ literal: Literal) {
        switch literal {
        case .string(let text): self = .string(text)
        case .int(let value): self = .int(value)
        case .double(let value): self = .double(value)
        case .duration(let value): self = .duration(value)
        case .bool(let flag): self = .bool(flag)
        case .none: self = .none
        case .status(let code): self = .status(code)
        case .kind(let code): self = .kind(code)
        }
    }

    public init(_ value: AttributeValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .bool(let flag): self = .bool(flag)
        case .array(let values):
            self = .list(
                values.map { element in
                    switch element {
                    case .string, .int, .double, .bool: Value(element)
                    case .empty, .bytes, .map, .array: .opaque
                    }
                })
        case .empty, .bytes, .map: self = .opaque
        }
    }

    /// Nothing, the one, or all of them; lists among them are taken apart.
    init(all values: [Value]) {
        guard values.count != 1 else {
            self = values[0]
            return
        }
        if values.isEmpty {
            self = .none
            return
        }
        var flat: [Value] = []
        for value in values {
            if case .list(let inner) = value { flat += inner } else { flat.append(value) }
        }
        self = .list(flat)
    }

    /// As an attribute holds it; `nil` for nothing.
    public var attributeValue: AttributeValue? {
        switch self {
        case .none: nil
        case .string(let text): .string(text)
        case .int(let value): .int(value)
        case .double(let value): .double(value)
        case .bool(let flag): .bool(flag)
        case .duration(let value): .string(Literal.text(durationNanoseconds: value))
        case .status(let code): .string(Literal.status(code).description)
        case .kind(let code): .string(Literal.kind(code).description)
        case .list(let values): .array(values.map { $0.attributeValue ?? .empty })
        case .opaque: .empty
        }
    }

    /// Durations in nanoseconds; `nil` for what is no number.
    var number: Double? {
        switch self {
        case .int(let value), .duration(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The same for values that are grouped together: whole numbers, however they are written; what is not a number.
    var groupKey: Value {
        switch self {
        case .double(let value):
            value.isNaN ? .string("NaN") : Int64(exactly: value).map { .int($0) } ?? self
        case .list(let values): .list(values.map(\.groupKey))
        default: self
        }
    }

    var integer: Int64? {
        switch self {
        case .int(let value), .duration(let value): value
        default: nil
        }
    }
}

/// An attribute in a journey's JSON: `{"key": "payment.amount", "value": 1250}`.
///
/// Values take the JSON type nearest to theirs: bytes become hexadecimal text, maps a list of keys and values, numbers
/// that JSON cannot write text. The exact types are in the trace.
public struct JourneyAttribute: Sendable, Hashable, Codable {
    public var key: String
    public var value: AttributeValue

    public init(_ key: String, _ value: AttributeValue) {
        self.key = key
        self.value = value
    }

    private enum CodingKeys: String, CodingKey { case key, value }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        value = try container.decode(JSONValue.self, forKey: .value).value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(JSONValue(value: value), forKey: .value)
    }
}

/// An attribute's value in the JSON type nearest to it.
private struct JSONValue: Codable {
    var value: AttributeValue

    init(value: AttributeValue) { self.value = value }

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            var values: [AttributeValue] = []
            while !list.isAtEnd { values.append(try list.decode(JSONValue.self).value) }
            value = .array(values)
            return
        }
        if let entry = try? JourneyAttribute(from: decoder) {
            value = .map([Attribute(entry.key, entry.value)])
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .empty
        } else if let flag = try? container.decode(Bool.self) {
            value = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {
            value = .int(number)
        } else if let number = try? container.decode(Double.self) {
            value = .double(number)
        } else {
            value = .string(try container.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .array(let values):
            var list = encoder.unkeyedContainer()
            for value in values { try list.encode(JSONValue(value: value)) }
        case .map(let entries):
            var list = encoder.unkeyedContainer()
            for entry in entries { try list.encode(JourneyAttribute(entry.key, entry.value)) }
        default:
            var container = encoder.singleValueContainer()
            switch value {
            case .empty: try container.encodeNil()
            case .bool(let flag): try container.encode(flag)
            case .int(let number): try container.encode(number)
            case .double(let number) where number.isFinite: try container.encode(number)
            default: try container.encode(value.text)
            }
        }
    }
}

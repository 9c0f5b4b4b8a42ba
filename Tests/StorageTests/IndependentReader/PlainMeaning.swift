import Telemetry

/// Whether stored values mean what the product says they mean, arrays and maps unfolded.
enum PlainMeaning {
    static func isSame(_ list: [PlainAttribute], _ attributes: [Attribute]) throws -> Bool {
        guard list.count == attributes.count else { return false }
        return try zip(list, attributes).allSatisfy { mine, its in
            let key = Array(String(decoding: mine.key, as: UTF8.self).utf8)
            return try key == Array(its.key.utf8) && isSame(mine.value, its.value)
        }
    }

    private static func isSame(_ mine: PlainValue, _ its: AttributeValue) throws -> Bool {
        switch (mine, its) {
        case (.none, .empty): return true
        case (.string(let bytes), .string(let text)):
            return Array(String(decoding: bytes, as: UTF8.self).utf8) == Array(text.utf8)
        case (.bool(let a), .bool(let b)): return a == b
        case (.int(let a), .int(let b)): return a == b
        case (.double(let bits), .double(let number)): return bits == number.bitPattern
        case (.bytes(let a), .bytes(let b)): return a == b
        case (.array(let message), .array(let values)):
            let mine = try PlainProtobuf.array(message)
            return try mine.count == values.count && zip(mine, values).allSatisfy { try isSame($0, $1) }
        case (.map(let message), .map(let entries)): return try isSame(try PlainProtobuf.map(message), entries)
        default: return false
        }
    }
}

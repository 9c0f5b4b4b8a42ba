extension Field: CustomStringConvertible {
    public var description: String {
        switch self {
        case .attribute(let scope, let key): "\(scope.rawValue).\(Field.written(key, isBare: scope == .any))"
        case .parentAttribute(.any, let key): "parent.\(Field.written(key, isParents: true))"
        case .parentAttribute(let scope, let key): "parent.\(scope.rawValue).\(Field.written(key))"
        case .intrinsic(let intrinsic): intrinsic.rawValue
        }
    }

    /// The name of the attribute, or the intrinsic, without its scope.
    public var name: String {
        switch self {
        case .attribute(_, let key), .parentAttribute(_, let key): key
        case .intrinsic(let intrinsic): intrinsic.rawValue
        }
    }

    /// A key as it stands in a query: in quotes where it has to be.
    private static func written(_ key: String, isBare: Bool = false, isParents: Bool = false) -> String {
        let bytes = Array(key.utf8)
        var position = 0
        while position < bytes.count, let length = Lexer.keyCharacter(bytes[position...]) { position += length }
        let isPlain =
            position == bytes.count && !(isBare && bytes.first.map(\.isDigit) == true)
            && !(isParents && (key.hasPrefix("span.") || key.hasPrefix("resource.")))
        if isPlain { return key }
        return "\"" + key.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}

extension Literal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .string(let text): Literal.quoted(text)
        case .int(.min): "minInt"
        case .int(let value): String(value)
        case .double(let value): String(value)
        case .duration(let value): Literal.text(durationNanoseconds: value)
        case .bool(let flag): flag ? "true" : "false"
        case .none: "nil"
        case .status(let code): Literal.word(code, Literal.statuses)
        case .kind(let code): Literal.word(code, Literal.kinds)
        }
    }

    var isNegative: Bool {
        switch self {
        case .int(let value): value < 0
        case .double(let value): value.sign == .minus
        case .duration(let value): value < 0
        default: false
        }
    }

    /// A duration as queries write it, exact: `1500ms`, `2s`, `-3h`.
    public static func text(durationNanoseconds value: Int64) -> String {
        let unit = Lexer.units.last { $0.nanoseconds <= 3_600_000_000_000 && value % $0.nanoseconds == 0 }
        guard let unit, value != 0 else { return "0s" }
        return "\(value / unit.nanoseconds)\(unit.name == "μs" || unit.name == "µs" ? "us" : unit.name)"
    }

    private static func word(_ code: Int32, _ words: [String]) -> String {
        words.indices.contains(Int(code)) ? words[Int(code)] : String(code)
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case "\r": output += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                output += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}

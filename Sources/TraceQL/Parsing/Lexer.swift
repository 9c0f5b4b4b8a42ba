/// Cuts a query's text into tokens.
///
/// As in Tempo an attribute's name goes on to white space or one of `{}()=~!<>&|^,`: other operators next to a name want
/// a space before them (`.size + 1`, not `.size+1`). Comments are `// …` and `/* … */`.
struct Lexer {
    private static let symbols = [
        "!>>", "!<<", "&>>", "&<<", "&&", "||", ">>", "<<", ">=", "<=", "!=", "=~", "!~", "!>", "!<", "&>", "&<", "&~",
        "{", "}", "(", ")", ",", "=", ">", "<", "+", "-", "*", "/", "%", "^", "!", "|", "~",
    ].map { (text: $0, bytes: Array($0.utf8)) }

    let bytes: [UInt8]
    var position = 0

    static func tokens(_ text: String) throws(TraceQLError) -> [Token] {
        var lexer = Lexer(bytes: Array(text.utf8))
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    func peek(_ distance: Int) -> UInt8? { position + distance < bytes.count ? bytes[position + distance] : nil }

    private mutating func next() throws(TraceQLError) -> Token {
        try skipSpace()
        let start = position
        let kind = try kind()
        return Token(kind: kind, offset: start, end: position)
    }

    private mutating func kind() throws(TraceQLError) -> Token.Kind {
        guard let byte = current else { return .end }
        switch byte {
        case UInt8(ascii: "\""): return .literal(.string(try quoted()))
        case UInt8(ascii: "`"): return .literal(.string(try raw()))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return .literal(try number())
        case UInt8(ascii: "."):
            if let digit = peek(1), digit.isDigit { return .literal(try number()) }
            position += 1
            return .field(.attribute(.any, key: try key(after: ".")))
        case _ where byte.isLetter: return try word()
        default: return try symbol()
        }
    }

    private mutating func symbol() throws(TraceQLError) -> Token.Kind {
        for (text, symbol) in Self.symbols where bytes[position...].starts(with: symbol) {
            if text == "=", peek(1) == UInt8(ascii: "=") {
                throw TraceQLError("'==' is not an operator; equality is written '='.", at: position)
            }
            position += symbol.count
            return .symbol(text)
        }
        switch bytes[position] {
        case UInt8(ascii: "&"): throw TraceQLError("Expected '&&', found '&'.", at: position)
        case UInt8(ascii: "'"):
            throw TraceQLError("A string stands between \" and \", or between ` and `.", at: position)
        case UInt8(ascii: ":"): throw TraceQLError("Expected a name such as span:name before ':'.", at: position)
        default:
            let rest = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
            throw TraceQLError("'\(rest.prefix(1))' has no meaning here.", at: position)
        }
    }

    /// A word, what comes behind its dot or colon included.
    private mutating func word() throws(TraceQLError) -> Token.Kind {
        let start = position
        while let byte = current, byte.isLetter || byte.isDigit || byte == UInt8(ascii: "_") { position += 1 }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        if current == UInt8(ascii: "."), let field = try attribute(of: word) { return .field(field) }
        if current == UInt8(ascii: ":") { return .field(.intrinsic(try intrinsic(of: word, from: start))) }
        if let literal = Self.literal(word) { return .literal(literal) }
        return .word(word)
    }

    /// What follows `span.`, `parent.resource.` and the like; `nil` where the word is no scope.
    private mutating func attribute(of word: String) throws(TraceQLError) -> Field? {
        if word == "parent" {
            position += 1
            for scope in [Field.Scope.span, .resource] where bytes[position...].starts(with: "\(scope.rawValue).".utf8)
            {
                position += scope.rawValue.utf8.count + 1
                return .parentAttribute(scope, key: try key(after: "parent.\(scope.rawValue)."))
            }
            return .parentAttribute(.any, key: try key(after: "parent."))
        }
        guard let scope = Field.Scope(rawValue: word == "scope" ? "instrumentation" : word), scope != .any else {
            return nil
        }
        position += 1
        return .attribute(scope, key: try key(after: "\(word)."))
    }

    private mutating func intrinsic(of scope: String, from start: Int) throws(TraceQLError) -> Intrinsic {
        position += 1
        let nameStart = position
        while let byte = current, byte.isLetter || byte.isDigit { position += 1 }
        let name = String(decoding: bytes[nameStart..<position], as: UTF8.self)
        let text = "\(scope == "scope" ? "instrumentation" : scope):\(name)"
        if let intrinsic = Intrinsic.allCases.first(where: { $0.scoped == text }) { return intrinsic }
        let known = Intrinsic.allCases.map(\.scoped).filter { $0.contains(":") }
        let ofScope = known.filter { $0.hasPrefix("\(scope):") }
        throw TraceQLError(
            "There is no '\(scope):\(name)'; there is " + (ofScope.isEmpty ? known : ofScope).joined(separator: ", ")
                + ".", at: start)
    }

    static func literal(_ word: String) -> Literal? {
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "nil": return Literal.none
        case "minInt": return .int(.min)
        case "maxInt": return .int(.max)
        default: break
        }
        if let status = Literal.statuses.firstIndex(of: word) { return .status(Int32(status)) }
        return Literal.kinds.firstIndex(of: word).map { .kind(Int32($0)) }
    }

    private mutating func skipSpace() throws(TraceQLError) {
        while let byte = current {
            if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "/") {
                while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
            } else if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
                let start = position
                position += 2
                while current != UInt8(ascii: "*") || peek(1) != UInt8(ascii: "/") {
                    guard current != nil else { throw TraceQLError("The comment does not end.", at: start) }
                    position += 1
                }
                position += 2
            } else if byte <= 0x20 || byte == 0x7F {
                position += 1
            } else {
                return
            }
        }
    }
}

extension UInt8 {
    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
    var isLetter: Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= self || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self
    }
}

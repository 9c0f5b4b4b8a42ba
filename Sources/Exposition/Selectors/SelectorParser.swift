import Telemetry

/// Reads a selector's text; an error names the place.
struct SelectorParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) throws(SelectorError) {
        guard text.utf8.count <= SeriesSelector.maximumBytes else {
            throw SelectorError(reason: "the selector is longer than \(SeriesSelector.maximumBytes) bytes", position: 1)
        }
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(SelectorError) -> [LabelMatcher] {
        var matchers: [LabelMatcher] = []
        skipSpace()
        let start = position
        if let name = takeName(colons: true) {
            matchers.append(try matcher(LabelMatcher.nameLabel, .equal, name, at: start))
        }
        skipSpace()
        if take("{") { try parseBraces(&matchers) }
        skipSpace()
        guard position == scalars.count else {
            throw error(
                matchers.isEmpty
                    ? "a selector starts with a metric name or {" : "nothing may follow the selector, and this does")
        }
        guard !matchers.isEmpty else { throw error("the selector is empty", at: start) }
        for index in matchers.indices {
            // One condition at least must rule out series that lack its label: else everything would be selected.
            if !matchers[index].accepts("") { return matchers }
        }
        throw SelectorError(
            reason: "at least one matcher must not match the empty string", position: min(start + 1, scalars.count))
    }

    private mutating func parseBraces(_ matchers: inout [LabelMatcher]) throws(SelectorError) {
        let open = position
        while true {
            skipSpace()
            if take("}") { return }
            guard position < scalars.count else { throw error("this { has no }", at: open - 1) }
            guard matchers.count < SeriesSelector.maximumMatchers else {
                throw error("a selector has at most \(SeriesSelector.maximumMatchers) matchers")
            }
            matchers.append(try parseMatcher())
            skipSpace()
            if take("}") { return }
            guard take(",") else {
                throw position < scalars.count ? error("expected , or }") : error("this { has no }", at: open - 1)
            }
        }
    }

    private mutating func parseMatcher() throws(SelectorError) -> LabelMatcher {
        let start = position
        let label: String
        if isQuote(next) {
            label = try takeString()
            skipSpace()
            // A quoted string alone is a metric's name.
            if next == "," || next == "}" { return try matcher(LabelMatcher.nameLabel, .equal, label, at: start) }
        } else {
            guard let name = takeName(colons: false) else { throw error("expected a label's name") }
            label = name
        }
        skipSpace()
        let comparison = try takeComparison()
        skipSpace()
        let place = position
        guard isQuote(next) else { throw error("expected a quoted string") }
        return try matcher(label, comparison, try takeString(), at: place)
    }

    private func matcher(
        _ label: String, _ comparison: LabelMatcher.Comparison, _ value: String, at place: Int
    ) throws(SelectorError) -> LabelMatcher {
        do throws(PatternError) {
            return try LabelMatcher(label: label, comparison: comparison, value: value)
        } catch {
            throw SelectorError(reason: error.message, position: place + 1)
        }
    }

    private mutating func takeComparison() throws(SelectorError) -> LabelMatcher.Comparison {
        if take("=") { return take("~") ? .matches : .equal }
        let start = position
        if take("!") {
            if take("=") { return .notEqual }
            if take("~") { return .notMatches }
        }
        throw error("expected =, !=, =~ or !~", at: start)
    }

    private mutating func takeName(colons: Bool) -> String? {
        let start = position
        while let scalar = next {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": break
            case "0"..."9" where position > start: break
            case ":" where colons: break
            default: return name(from: start)
            }
            position += 1
        }
        return name(from: start)
    }

    private func name(from start: Int) -> String? { start == position ? nil : string(scalars[start..<position]) }

    /// A string in double quotes, single quotes, or, without escapes, backticks.
    private mutating func takeString() throws(SelectorError) -> String {
        let start = position
        let quote = scalars[position]
        position += 1
        var text: [UInt8] = []
        while let scalar = next {
            position += 1
            if scalar == quote { return String(decoding: text, as: UTF8.self) }
            if scalar == "\\", quote != "`" {
                text += try takeEscape(quote)
            } else if scalar == "\n", quote != "`" {
                throw error("a quoted string ends on its line", at: start)
            } else {
                text += UTF8.encode(scalar)!
            }
        }
        throw error("this quote is not closed", at: start)
    }

    /// What Go's `strconv.Unquote` knows.
    private mutating func takeEscape(_ quote: Unicode.Scalar) throws(SelectorError) -> [UInt8] {
        let start = position - 1
        guard let scalar = next else { throw error("an escape is cut short", at: start) }
        position += 1
        switch scalar {
        case "a": return [0x07]
        case "b": return [0x08]
        case "f": return [0x0C]
        case "n": return [0x0A]
        case "r": return [0x0D]
        case "t": return [0x09]
        case "v": return [0x0B]
        case "\\", quote: return Array(UTF8.encode(scalar)!)
        case "x": return [UInt8(try takeDigits(2, radix: 16, from: start))]
        case "u": return try encoded(takeDigits(4, radix: 16, from: start), from: start)
        case "U": return try encoded(takeDigits(8, radix: 16, from: start), from: start)
        case "0"..."7":
            position -= 1
            let value = try takeDigits(3, radix: 8, from: start)
            guard value < 256 else { throw error("an octal escape goes to \\377", at: start) }
            return [UInt8(value)]
        default: throw error("there is no such escape", at: start)
        }
    }

    private mutating func takeDigits(_ count: Int, radix: Int, from start: Int) throws(SelectorError) -> UInt32 {
        guard position + count <= scalars.count else { throw error("an escape is cut short", at: start) }
        let digits = string(scalars[position..<position + count])
        position += count
        guard digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let value = UInt32(digits, radix: radix)
        else { throw error("an escape has \(count) digits", at: start) }
        return value
    }

    private func encoded(_ value: UInt32, from start: Int) throws(SelectorError) -> [UInt8] {
        guard let scalar = Unicode.Scalar(value) else { throw error("there is no such character", at: start) }
        return Array(UTF8.encode(scalar)!)
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let scalar = next, [" ", "\t", "\n", "\r"].contains(scalar) { position += 1 }
    }

    private func isQuote(_ scalar: Unicode.Scalar?) -> Bool { scalar == "\"" || scalar == "'" || scalar == "`" }

    private func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    private func error(_ reason: String, at place: Int? = nil) -> SelectorError {
        SelectorError(reason: reason, position: (place ?? position) + 1)
    }
}

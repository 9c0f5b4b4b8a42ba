/// Reads a regular expression; an error names the place.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotMatchesNewline = false

    static func parse(_ pattern: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(Array(pattern.unicodeScalars))
        guard parser.scalars.count <= TextPattern.maximumScalars else {
            throw parser.error("is longer than \(TextPattern.maximumScalars) characters", at: 0)
        }
        try parser.parseFlags()
        let node = try parser.parseChoice()
        guard parser.position == parser.scalars.count else { throw parser.error("has a ) without a (") }
        return node
    }

    private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private func error(_ problem: String, at place: Int? = nil) -> PatternError {
        PatternError("the regular expression \(problem), at its character \((place ?? position) + 1)")
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    /// `(?i)` and `(?s)` at the very start.
    private mutating func parseFlags() throws(PatternError) {
        guard scalars.starts(with: ["(", "?"]), scalars.count > 2, scalars[2] != ":" else { return }
        position = 2
        while let flag = next, flag != ")" {
            switch flag {
            case "i": ignoresCase = true
            case "s": dotMatchesNewline = true
            default: throw error("has a flag or group that is not supported")
            }
            position += 1
        }
        guard take(")") else { throw error("has a ( without a )", at: 0) }
    }

    private mutating func parseChoice() throws(PatternError) -> PatternNode {
        var branches = [try parseSequence()]
        while take("|") { branches.append(try parseSequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func parseSequence() throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let atom = try parseAtom()
            parts.append(try parseRepetition(of: atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    private mutating func parseAtom() throws(PatternError) -> PatternNode {
        let place = position
        let scalar = scalars[position]
        position += 1
        switch scalar {
        case "(": return try parseGroup(from: place)
        case "[": return .set(folded(try parseClass(from: place)))
        case ".": return .set(dotMatchesNewline ? .everything : ScalarSet.newline.inverted)
        case "^": return .start
        case "$": return .end
        case "*", "+", "?": throw error("has nothing before \(scalar) to repeat", at: place)
        case "\\":
            if take("A") { return .start }
            if take("z") { return .end }
            return .set(folded(try parseEscape(from: place)))
        default: return .set(folded(ScalarSet([scalar.value...scalar.value])))
        }
    }

    private func folded(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.ignoringCase : set }

    private mutating func parseGroup(from place: Int) throws(PatternError) -> PatternNode {
        if take("?"), !take(":") { throw error("has a flag or group that is not supported") }
        depth += 1
        guard depth <= TextPattern.maximumDepth else { throw error("nests deeper than \(TextPattern.maximumDepth)") }
        let node = try parseChoice()
        guard take(")") else { throw error("has a ( without a )", at: place) }
        depth -= 1
        return node
    }

    private mutating func parseRepetition(of atom: PatternNode) throws(PatternError) -> PatternNode {
        var node = atom
        var isRepeated = false
        while let scalar = next {
            let place = position
            let bounds: (least: Int, most: Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                guard let counted = try parseCounts() else { return node }
                bounds = counted
            default: return node
            }
            if scalar != "{" { position += 1 }
            // Whether a match is the shortest makes no difference to whether there is one.
            _ = take("?")
            guard !isRepeated else { throw error("has two repetitions in a row", at: place) }
            isRepeated = true
            node = .repeated(node, least: bounds.least, most: bounds.most)
        }
        return node
    }

    /// `{m}`, `{m,}` or `{m,n}`; `nil`, with nothing taken, for a brace that is just one.
    private mutating func parseCounts() throws(PatternError) -> (least: Int, most: Int?)? {
        let place = position
        position += 1
        guard let least = number() else {
            position = place
            return nil
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else {
            position = place
            return nil
        }
        guard max(least, most ?? 0) <= TextPattern.maximumRepetitions, most.map({ $0 >= least }) ?? true else {
            throw error("repeats more than \(TextPattern.maximumRepetitions) times, or in vain", at: place)
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = next, "0"..."9" ~= digit {
            value = min((value ?? 0) * 10 + Int(digit.value - 0x30), TextPattern.maximumRepetitions + 1)
            position += 1
        }
        return value
    }

    private mutating func parseClass(from place: Int) throws(PatternError) -> ScalarSet {
        let isInverted = take("^")
        var set = ScalarSet()
        var isFirst = true
        while let scalar = next, scalar != "]" || isFirst {
            isFirst = false
            let start = position
            position += 1
            if scalar == "[", next == ":" { throw error("has a named class, which is not supported", at: start) }
            let low = scalar == "\\" ? try parseEscape(from: start) : ScalarSet([scalar.value...scalar.value])
            guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
                set = set.union(low)
                continue
            }
            position += 1
            let last = scalars[position]
            position += 1
            let high = last == "\\" ? try parseEscape(from: position - 1) : ScalarSet([last.value...last.value])
            guard let from = low.single, let to = high.single, from <= to else {
                throw error("has a range that is none", at: start)
            }
            set = set.union(ScalarSet([from...to]))
        }
        guard take("]") else { throw error("has a [ without a ]", at: place) }
        // Letters of the other case must be in a class before it is inverted.
        if ignoresCase { set = set.ignoringCase }
        return isInverted ? set.inverted : set
    }

    private mutating func parseEscape(from place: Int) throws(PatternError) -> ScalarSet {
        guard let scalar = next else { throw error("ends in a \\", at: place) }
        position += 1
        switch scalar {
        case "d": return .digits
        case "D": return ScalarSet.digits.inverted
        case "w": return .wordCharacters
        case "W": return ScalarSet.wordCharacters.inverted
        case "s": return .spaces
        case "S": return ScalarSet.spaces.inverted
        case "n": return .newline
        case "t": return ScalarSet([0x09...0x09])
        case "r": return ScalarSet([0x0D...0x0D])
        case "f": return ScalarSet([0x0C...0x0C])
        case "v": return ScalarSet([0x0B...0x0B])
        case "0"..."9", "a"..."z", "A"..."Z":
            throw error("has the escape \\\(scalar), which is not supported", at: place)
        default: return ScalarSet([scalar.value...scalar.value])
        }
    }
}

extension ScalarSet {
    /// Its one scalar; `nil` when it has more, or none.
    fileprivate var single: UInt32? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }
}

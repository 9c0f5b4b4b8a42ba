import Telemetry
import Testing

/// Regular expressions: the whole string, in linear time, and what is not supported is refused with the place.
@Suite struct SearchPatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        var compiled = try TextPattern(pattern)
        return compiled.matches(text)
    }

    @Test(arguments: [
        ("", "", true), ("", "a", false), ("abc", "abc", true), ("abc", "abcd", false), ("abc", "xabc", false),
        ("a|bc", "bc", true), ("a|bc", "abc", false), ("(a|b)c", "bc", true), ("a*", "", true), ("a+", "", false),
        ("a{2,3}", "a", false), ("a{2,3}", "aaa", true), ("a{2,3}", "aaaa", false), ("a{2,}", "aaaaa", true),
        ("a{0}b", "b", true), ("a{x}", "a{x}", true), ("a{,2}", "a{,2}", true), ("(a*)*b", "aab", true),
        ("(a|)*", "aaa", true), (".*", "any thing", true), (".*", "two\nlines", false),
        ("(?s).*", "two\nlines", true), ("(?i)post /[a-z]+", "POST /Payments", true), ("[^a-c]", "b", false),
        ("[^a-c]", "d", true), ("(?i)[^a-c]", "B", false), ("[]a]+", "]a", true), ("[a-]", "-", true),
        ("[\\d.]+", "12.5", true), ("\\d+\\.\\d{2}", "12.50", true), ("\\d+\\.\\d{2}", "12x50", false),
        ("\\w+\\s\\W", "ab !", true), ("^abc$", "abc", true), ("(^a|b)c", "bc", true), ("a^b", "ab", false),
        ("a$b", "ab", false), ("\\Aab\\z", "ab", true), ("$^", "", true), ("(a$|b)*", "ba", true),
        ("(a$|b)*", "ab", false), ("zahl[üö]ng.", "zahlüng!", true), ("..", "日本", true), (".", "日本", false),
        ("[一-龯]+", "日本", true), ("a.c", "a\u{1F600}c", true), ("a*?b+?", "aab", true), ("(?:ab)+", "abab", true),
        ("\\*\\[\\]\\(\\)", "*[]()", true), ("}]", "}]", true),
    ])
    func whatMatches(_ example: (pattern: String, text: String, isMatch: Bool)) throws {
        #expect(
            try matches(example.pattern, example.text) == example.isMatch, "\(example.pattern) on \(example.text)")
    }

    @Test(arguments: [
        ("a(b", "character 2"), ("a)b", "character 2"), ("[ab", "character 1"), ("*a", "character 1"),
        ("a**", "character 3"), ("a\\", "character 2"), ("(?P<x>a)", "character 3"), ("a(?=b)", "character 4"),
        ("\\bword\\b", "character 1"), ("(a)\\1", "character 4"), ("[z-a]", "character 2"), ("a{9999}", "character 2"),
        ("[[:alpha:]]", "character 2"), ("a{3,2}", "character 2"), ("\\p{L}", "character 1"),
        (String(repeating: "(", count: 60) + String(repeating: ")", count: 60), "nests deeper"),
        (String(repeating: "a", count: 1001), "longer than"), ("((a{100}){100}){100}", "too large"),
    ])
    func whatIsRefused(_ example: (pattern: String, reason: String)) {
        let error = #expect(throws: PatternError.self) { try TextPattern(example.pattern) }
        #expect(error?.message.contains(example.reason) == true, "\(String(describing: error))")
    }

    @Test func bytesThatAreNoTextCountAsReplacementCharacters() throws {
        var dot = try TextPattern("a..b")
        let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0x62]
        let isMatch = bytes.withUnsafeBytes { dot.matches($0) }
        #expect(isMatch)
    }

    /// A backtracking engine would need 2^30 steps for these.
    @Test func hostileExpressionsTakeLinearTime() throws {
        var nested = try TextPattern("(a*)*(a*)*(a|a)*(a|aa)+b")
        let isNested = nested.matches(String(repeating: "a", count: 100_000))
        #expect(!isNested)
        var wide = try TextPattern("(a|b)*a(a|b){200}")
        var random = SegmentRandom(seed: 1)
        let text = String((0..<20_000).map { _ in random.below(2) == 0 ? "a" : "b" })
        let end = String(repeating: "b", count: 200)
        let outcomes = [text + "a" + end, text + "b" + end].map { wide.matches($0) }
        #expect(outcomes == [true, false])
    }

    @Test func agreesWithASimpleMatcher() throws {
        let seed = SegmentFixture.seed
        var random = SegmentRandom(seed: seed)
        for round in 0..<3000 * SegmentFixture.soak {
            let pattern = SimplePattern.random(&random, depth: 4)
            var compiled = try TextPattern(pattern.text)
            for _ in 0..<8 {
                let text = (0..<random.below(9)).map { _ in Array("abc\n")[random.below(4)] }
                let ends = pattern.ends(in: text, from: 0)
                let isMatch = compiled.matches(String(text))
                #expect(
                    isMatch == ends.contains(text.count),
                    "seed \(seed), round \(round): \(pattern.text) on \(String(text).debugDescription)")
            }
        }
    }
}

/// A regular expression that is matched by trying everything.
private indirect enum SimplePattern {
    case literal(Character)
    case any
    case oneOf([Character], isInverted: Bool)
    case sequence([SimplePattern])
    case choice([SimplePattern])
    case repeated(SimplePattern, Int, Int?)
    case start
    case end

    static func random(_ random: inout SegmentRandom, depth: Int) -> SimplePattern {
        let letters = Array("abc")
        switch random.below(depth > 0 ? 12 : 5) {
        case 0, 1: return .literal(letters[random.below(3)])
        case 2: return .any
        case 3: return .oneOf([letters[random.below(3)], letters[random.below(3)]], isInverted: random.below(2) == 0)
        case 4: return random.below(6) == 0 ? (random.below(2) == 0 ? .start : .end) : .literal("a")
        case 5, 6, 7:
            return .sequence((0..<1 + random.below(3)).map { _ in SimplePattern.random(&random, depth: depth - 1) })
        case 8, 9:
            return .choice((0..<1 + random.below(3)).map { _ in SimplePattern.random(&random, depth: depth - 1) })
        default:
            let least = random.below(3)
            return .repeated(
                SimplePattern.random(&random, depth: depth - 1), least,
                random.below(2) == 0 ? nil : least + random.below(3))
        }
    }

    var text: String {
        switch self {
        case .literal(let letter): String(letter)
        case .any: "."
        case .oneOf(let letters, let isInverted): "[" + (isInverted ? "^" : "") + String(letters) + "]"
        case .sequence(let parts): "(?:" + parts.map(\.text).joined() + ")"
        case .choice(let parts): "(" + parts.map(\.text).joined(separator: "|") + ")"
        case .repeated(let part, 0, nil): "(\(part.text))*"
        case .repeated(let part, 1, nil): "(\(part.text))+"
        case .repeated(let part, 0, 1): "(\(part.text))?"
        case .repeated(let part, let least, let most): "(\(part.text)){\(least),\(most.map(String.init) ?? "")}"
        case .start: "^"
        case .end: "$"
        }
    }

    func ends(in text: [Character], from start: Int) -> Set<Int> {
        func one(_ accepts: (Character) -> Bool) -> Set<Int> {
            start < text.count && accepts(text[start]) ? [start + 1] : []
        }
        switch self {
        case .literal(let letter): return one { $0 == letter }
        case .any: return one { $0 != "\n" }
        case .oneOf(let letters, let isInverted): return one { letters.contains($0) != isInverted }
        case .sequence(let parts):
            return parts.reduce([start]) { places, part in
                places.reduce(into: []) { $0.formUnion(part.ends(in: text, from: $1)) }
            }
        case .choice(let parts): return parts.reduce(into: []) { $0.formUnion($1.ends(in: text, from: start)) }
        case .repeated(let part, let least, let most):
            var reached: Set<Int> = least == 0 ? [start] : []
            var places: Set<Int> = [start]
            // Repeating more often than there are characters reaches nothing new.
            for count in 1...(most ?? least + text.count + 1) + 1 {
                if let most, count > most { break }
                places = places.reduce(into: []) { $0.formUnion(part.ends(in: text, from: $1)) }
                if count >= least { reached.formUnion(places) }
            }
            return reached
        case .start: return start == 0 ? [start] : []
        case .end: return start == text.count ? [start] : []
        }
    }
}

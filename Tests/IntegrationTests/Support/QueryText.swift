/// What a PromQL expression names: its metrics with the labels that their matchers test, and the labels it groups by.
///
/// No parser (Prometheus parses); just the words, to say which of them a running system does not know.
struct QueryText {
    struct Selector: Hashable {
        var metric: String
        var labels: Set<String>
    }

    private(set) var selectors: Set<Selector> = []
    private(set) var groupingLabels: Set<String> = []
    /// Whether a healthy system may well answer it with nothing: it filters by value or looks back.
    private(set) var mayBeEmpty = false

    /// Words that are neither metrics nor functions; a function is followed by a parenthesis.
    private static let keywords: Set<String> = [
        "and", "or", "unless", "bool", "inf", "nan", "start", "end", "sum", "count", "min", "max", "avg", "topk",
        "bottomk", "group", "stddev", "stdvar", "quantile", "count_values",
    ]
    private static let grouping: Set<String> = ["by", "without", "on", "ignoring", "group_left", "group_right"]

    private var rest: Substring

    init(_ expression: String) {
        rest = expression[...]
        while let next = rest.first {
            if next.isLetter || next == "_" || next == ":" {
                word()
            } else if next == "\"" || next == "'" {
                literal()
            } else if next == "[" {
                rest = rest.drop { $0 != "]" }
            } else if next.isNumber {
                // With the unit of a duration, or an exponent.
                rest = rest.drop { $0.isNumber || $0.isLetter || $0 == "." }
            } else {
                if "<>".contains(next) || rest.hasPrefix("==") || rest.hasPrefix("!=") { mayBeEmpty = true }
                rest.removeFirst()
            }
        }
        rest = ""
    }

    private mutating func word() {
        let word = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
        rest = rest.dropFirst(word.count).drop { $0.isWhitespace }
        if Self.grouping.contains(word) {
            guard rest.first == "(" else { return }
            groupingLabels.formUnion(names(until: ")"))
        } else if word == "offset" {
            mayBeEmpty = true
        } else if rest.first == "{" {
            selectors.insert(Selector(metric: word, labels: names(until: "}")))
        } else if rest.first != "(", !Self.keywords.contains(word) {
            selectors.insert(Selector(metric: word, labels: []))
        }
    }

    /// The names in a list of labels or of matchers, which is taken off.
    private mutating func names(until end: Character) -> Set<String> {
        var names: Set<String> = []
        rest.removeFirst()
        while let next = rest.first, next != end {
            if next == "\"" || next == "'" {
                literal()
            } else if next.isLetter || next == "_" {
                let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
                names.insert(name)
                rest = rest.dropFirst(name.count)
            } else {
                rest.removeFirst()
            }
        }
        rest = rest.dropFirst()
        return names
    }

    private mutating func literal() {
        guard let quote = rest.popFirst() else { return }
        while let next = rest.popFirst(), next != quote {
            if next == "\\" { rest = rest.dropFirst() }
        }
    }
}

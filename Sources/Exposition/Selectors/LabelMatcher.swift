import Telemetry

/// One condition on a label; `__name__` stands for the metric's name, and a label that is not there for the empty value.
public struct LabelMatcher: Sendable {
    public enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case matches = "=~"
        case notMatches = "!~"
    }

    public static let nameLabel = "__name__"

    public let label: String
    public let comparison: Comparison
    public let value: String
    /// For the two comparisons with a regular expression, which the whole value must match.
    private var pattern: TextPattern?

    init(label: String, comparison: Comparison, value: String) throws(PatternError) {
        self.label = label
        self.comparison = comparison
        self.value = value
        pattern =
            switch comparison {
            case .equal, .notEqual: nil
            case .matches, .notMatches: try TextPattern(value)
            }
    }

    mutating func accepts(_ text: String) -> Bool {
        switch comparison {
        case .equal: text == value
        case .notEqual: text != value
        case .matches: pattern?.matches(text) ?? false
        case .notMatches: !(pattern?.matches(text) ?? false)
        }
    }
}

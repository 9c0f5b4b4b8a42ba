import Telemetry

/// A Prometheus instant vector selector: `name{label="value",other=~"a|b"}`.
public struct SeriesSelector: Sendable {
    public static let maximumBytes = 8192
    public static let maximumMatchers = 64

    /// All must accept a series; those on the name first.
    public private(set) var matchers: [LabelMatcher]
    private let nameMatchers: Int

    /// Reads a selector.
    ///
    /// Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors.
    public init(_ text: String) throws(SelectorError) {
        var parser = try SelectorParser(text)
        let all = try parser.parse()
        let onName = all.filter { $0.label == LabelMatcher.nameLabel }
        matchers = onName + all.filter { $0.label != LabelMatcher.nameLabel }
        nameMatchers = onName.count
    }

    /// Whether a series of this name can match.
    mutating func accepts(name: String) -> Bool {
        for index in 0..<nameMatchers where !matchers[index].accepts(name) { return false }
        return true
    }

    /// Whether labels match, beside the name; `extra` is one more.
    mutating func accepts(_ labels: [MetricLabel], extra: MetricLabel? = nil) -> Bool {
        for index in nameMatchers..<matchers.count {
            let name = matchers[index].label
            let value =
                if let extra, extra.name == name { extra.value } else {
                    labels.first { $0.name == name }?.value ?? ""
                }
            if !matchers[index].accepts(value) { return false }
        }
        return true
    }
}

import Telemetry

/// Spans of one trace that belong together in an answer.
public struct SpanSet: Sendable, Hashable {
    /// The rows of the trace's spans, ascending; never empty.
    public var rows: [Int]
    /// What the stages say of the set as a whole: `by(name)` and its value, `count()` and its number.
    public var attributes: [Attribute]

    public init(rows: [Int], attributes: [Attribute] = []) {
        self.rows = rows
        self.attributes = attributes
    }
}

/// A TraceQL query: which spans of which traces are meant, and, for metrics, what is counted of them.
///
/// ```swift
/// let query = try TraceQuery.parse("{ status = error } >> { span.http.route = `/pay` } | count() > 2")
/// ```
///
/// `Schemas/traceql.md` has the grammar, what each part means, and where it differs from Grafana Tempo's.
public struct TraceQuery: Sendable, Hashable {
    /// What the spans of a trace go through, stage by stage; the first is always a `.spanSets`.
    public var stages: [PipelineStage]
    /// What is counted of the spans that are left; `nil` for a search.
    public var metrics: MetricsStage?
    /// What `with(…)` says. Hints are taken, and change nothing here: the newest always come first, nothing is sampled.
    public var hints: [Hint]

    public init(stages: [PipelineStage], metrics: MetricsStage? = nil, hints: [Hint] = []) {
        self.stages = stages
        self.metrics = metrics
        self.hints = hints
    }

    /// Every span of every trace: `{ }`.
    public static let all = TraceQuery(stages: [.spanSets(.filter(.literal(.bool(true))))])

    /// A setting of `with(…)`.
    public struct Hint: Sendable, Hashable {
        public var name: String
        public var value: Literal

        public init(_ name: String, _ value: Literal) {
            self.name = name
            self.value = value
        }
    }
}

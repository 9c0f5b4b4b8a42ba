import Storage
import Telemetry

/// What a search for traces found.
public struct TraceSearchAnswer: Sendable {
    /// The newest first: in the order of `TraceSearchCursor`.
    public var traces: [FoundTrace] = []
    /// Why traces, or spans of them, may be missing; empty when none are.
    public var gaps: [TraceSearchGap] = []
    /// Where the next page starts, which may be empty; `nil` when nothing can follow. Of a search that ran out of its
    /// budget it is the place that it had come to.
    public var next: TraceSearchCursor?
    public var figures = Figures()

    public var isPartial: Bool { !gaps.isEmpty }

    /// What the search had to look at.
    public struct Figures: Sendable, Hashable {
        /// Traces that were read and evaluated, and their spans.
        public var inspectedTraces = 0
        public var inspectedSpans = 0
        /// What storage had to look at to find them.
        public var search = SearchFigures()

        public init() {}
    }

    public init() {}
}

/// Why an answer may not be all that there is.
public enum TraceSearchGap: Sendable, Hashable, CustomStringConvertible {
    case search(SearchAnswer.Gap)
    /// As many traces were evaluated as may be.
    case traces(Int)
    /// As many spans were evaluated as may be.
    case spans(Int)
    /// More series than there may be: those that came later were left out.
    case series(Int)
    /// A part of a trace cannot be read.
    case unreadable(TraceID, reason: String)

    /// Whether the search stopped there; others leave something out on the way.
    var isEnd: Bool {
        switch self {
        case .search(.bytes), .search(.time), .search(.cancelled), .traces, .spans: true
        case .search(.unreadable), .series, .unreadable: false
        }
    }

    /// A sentence for a person.
    public var description: String {
        switch self {
        case .search(let gap): gap.description
        case .traces(let limit): "The search stopped after evaluating \(limit) traces, the most that it may."
        case .spans(let limit): "The search stopped after evaluating \(limit) spans, the most that it may."
        case .series(let limit): "There are more than \(limit) series, the most that there may be; some are left out."
        case .unreadable(let trace, let reason): "Part of the trace \(trace) could not be read: \(reason)"
        }
    }
}

/// A trace that matches.
public struct FoundTrace: Sendable {
    public var traceID: TraceID
    /// Of the span that the trace began with: the first to start of those without a parent; where none is stored, of
    /// those whose parent is not.
    public var rootServiceName: String
    public var rootTraceName: String
    /// The earliest start of its spans, Unix nanoseconds, and from there to the latest end.
    public var startNanoseconds: UInt64
    public var durationNanoseconds: UInt64
    public var spanSets: [FoundSpanSet]
    /// All spans of the trace by service, in the order of the names.
    public var serviceStats: [ServiceStats]
    /// The trace's place in the order of answers.
    public var cursor: TraceSearchCursor

    public struct ServiceStats: Sendable, Hashable {
        public var service: String
        public var spanCount: Int
        public var errorCount: Int
    }

    /// How many spans are held here.
    var heldSpanCount: Int { spanSets.reduce(0) { $0 + $1.spans.count } }
    public var spanCount: Int { serviceStats.reduce(0) { $0 + $1.spanCount } }
    public var errorCount: Int { serviceStats.reduce(0) { $0 + $1.errorCount } }
    /// How many spans match; one that is in several span sets counts for each.
    public var matchedCount: Int { spanSets.reduce(0) { $0 + $1.matched } }
}

/// Spans of a trace that match together.
public struct FoundSpanSet: Sendable {
    /// By start; as many as were asked for.
    public var spans: [FoundSpan]
    /// How many matched.
    public var matched: Int
    /// What the query says of the set as a whole: `by(name)` and its value, `count()` and its number.
    public var attributes: [Attribute]
}

public struct FoundSpan: Sendable {
    public var span: Span
    /// What the query selects or compares, by name without scope.
    public var selected: [Attribute]
}

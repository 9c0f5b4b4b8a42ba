import Storage
import Telemetry
import TraceQL

/// A search for traces: those that match a query, the newest first.
public struct TraceSearchRequest: Sendable, Hashable {
    public var query: TraceQuery
    /// The window, Unix nanoseconds, both ends included: the braces of the query match spans that started in it.
    public var from: UInt64
    public var to: UInt64
    /// How many traces at most, from 1 to `maximumLimit`.
    public var limit: Int
    /// How many spans of each span set are in the answer; zero for all. `matched` counts all of them whatever it is.
    public var spansPerSpanSet: Int
    /// Where the page before ended.
    public var after: TraceSearchCursor?
    public var budget: Budget

    /// What a search may cost; beyond it the answer is partial, and says why.
    public struct Budget: Sendable, Hashable {
        /// Bytes of segments that are read to find candidates.
        public var bytes = 1 << 30
        public var nanoseconds: UInt64 = 10_000_000_000
        /// Traces that are read and evaluated.
        public var traces = 100_000
        /// Spans of those traces.
        public var spans = 5_000_000

        public init() {}
    }

    public static let maximumLimit = 1000

    public init(
        _ query: TraceQuery = .all, from: UInt64 = 0, to: UInt64 = .max, limit: Int = 20, spansPerSpanSet: Int = 3,
        after: TraceSearchCursor? = nil, budget: Budget = Budget()
    ) {
        self.query = query
        self.from = from
        self.to = to
        self.limit = limit
        self.spansPerSpanSet = spansPerSpanSet
        self.after = after
        self.budget = budget
    }
}

extension TraceQuery {
    /// Reads a query whose regular expressions storage can match.
    public static func checked(_ text: String) throws(TraceQLError) -> TraceQuery {
        try parse(text) { pattern in
            do throws(PatternError) {
                _ = try TextPattern(pattern)
                return nil
            } catch {
                return error.message
            }
        }
    }
}

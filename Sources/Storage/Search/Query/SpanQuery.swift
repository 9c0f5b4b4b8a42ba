/// A search for spans: the newest that match, by start.
///
/// ```swift
/// let failed = SpanFilter.and([
///     .compare(.service, .equal, .string("ledger")), .compare(.status, .equal, .int(2)),
/// ])
/// let answer = try store.search(SpanQuery(failed, limit: 20))
/// ```
public struct SpanQuery: Sendable, Hashable {
    public var filter: SpanFilter
    /// The window of the spans' starts, Unix nanoseconds, both ends included.
    public var from: UInt64
    public var to: UInt64
    /// How many matches at most; from 1 to `maximumLimit`.
    public var limit: Int
    /// Where the page before ended.
    public var after: SearchCursor?
    /// What may be read of segments: beyond it the answer is partial. Counted as they lie on the disk, whether they are
    /// in a cache or not, so that the same search over the same spans ends at the same place.
    public var maximumBytes: Int
    /// How long it may take; checked block by block.
    public var maximumNanoseconds: UInt64

    public static let maximumLimit = 10_000

    public init(
        _ filter: SpanFilter, from: UInt64 = 0, to: UInt64 = .max, limit: Int = 20, after: SearchCursor? = nil,
        maximumBytes: Int = 1 << 30, maximumNanoseconds: UInt64 = 10_000_000_000
    ) {
        self.filter = filter
        self.from = from
        self.to = to
        self.limit = limit
        self.after = after
        self.maximumBytes = maximumBytes
        self.maximumNanoseconds = maximumNanoseconds
    }
}

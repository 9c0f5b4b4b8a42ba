/// What left the store, folded: of one tenant, class and day of receipt, for one reason. Bounded by days and classes,
/// however many files come and go.
public struct RemovalRecord: Sendable, Hashable {
    public enum Reason: UInt8, Sendable, Hashable, CaseIterable {
        /// Written anew, span by span, into another segment: nothing was lost.
        case rewritten = 1
        /// Left out while rewriting, because an equal span of the same trace is stored.
        case duplicate = 2
        /// The retention of its class was over.
        case expired = 3
        /// The store was larger than its bound.
        case storeFull = 4
    }

    public var tenant: String
    public var retentionClass: String
    /// The collector's day of receipt, counted from 1970-01-01.
    public var day: UInt32
    public var reason: Reason
    /// Files that went; a file whose spans left for several reasons counts in each.
    public var segments: UInt64
    public var spans: UInt64
    /// The rule of the latest removal, in words; empty where no rule is behind it.
    public var rule: String
    /// When the first and the latest of them went, Unix nanoseconds.
    public var firstNanoseconds: UInt64
    public var lastNanoseconds: UInt64
    package var contentSum: ContentSum

    package init(
        tenant: String, retentionClass: String, day: UInt32, reason: Reason, segments: UInt64, spans: UInt64,
        rule: String, firstNanoseconds: UInt64, lastNanoseconds: UInt64, contentSum: ContentSum
    ) {
        self.tenant = tenant
        self.retentionClass = retentionClass
        self.day = day
        self.reason = reason
        self.segments = segments
        self.spans = spans
        self.rule = rule
        self.firstNanoseconds = firstNanoseconds
        self.lastNanoseconds = lastNanoseconds
        self.contentSum = contentSum
    }
}

/// All removals, by what they are folded over.
struct RemovalTable: Sendable {
    private struct Key: Hashable {
        var tenant: String
        var retentionClass: String
        var day: UInt32
        var reason: RemovalRecord.Reason
    }

    private var records: [Key: RemovalRecord] = [:]

    mutating func add(_ record: RemovalRecord) {
        let key = Key(
            tenant: record.tenant, retentionClass: record.retentionClass, day: record.day, reason: record.reason)
        guard var known = records[key] else {
            records[key] = record
            return
        }
        known.segments += record.segments
        known.spans += record.spans
        known.contentSum += record.contentSum
        if record.lastNanoseconds >= known.lastNanoseconds { known.rule = record.rule }
        known.firstNanoseconds = min(known.firstNanoseconds, record.firstNanoseconds)
        known.lastNanoseconds = max(known.lastNanoseconds, record.lastNanoseconds)
        records[key] = known
    }

    /// By day, tenant, class and reason.
    var all: [RemovalRecord] {
        records.values.sorted { left, right in
            (left.day, left.tenant, left.retentionClass, left.reason.rawValue)
                < (right.day, right.tenant, right.retentionClass, right.reason.rawValue)
        }
    }
}

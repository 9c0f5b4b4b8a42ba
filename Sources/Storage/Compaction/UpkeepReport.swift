/// What a pass of the upkeep did.
public struct UpkeepReport: Sendable, Hashable {
    public var compactions = 0
    /// Young segments that compactions replaced.
    public var segmentsRewritten = 0
    /// Young segments that are final as they are.
    public var segmentsFinished = 0
    /// Spans left out because an equal one of the same trace is stored.
    public var duplicatesRemoved: UInt64 = 0
    public var indexMerges = 0
    /// Runs made again because they were damaged.
    public var runsRebuilt = 0
    public var bytesRead: UInt64 = 0
    public var bytesWritten: UInt64 = 0
    /// Segments whose time was over, and by class the spans that went with them.
    public var segmentsExpired = 0
    public var spansExpired: [String: UInt64] = [:]
    /// Spans of them that a hold or a longer class kept.
    public var spansKept: UInt64 = 0
    /// What could not be done now, one sentence each: it is tried again.
    public var errors: [String] = []

    public init() {}

    init(compactions: Int = 0, segmentsRewritten: Int = 0, segmentsFinished: Int = 0) {
        self.compactions = compactions
        self.segmentsRewritten = segmentsRewritten
        self.segmentsFinished = segmentsFinished
    }

    public var didNothing: Bool { self == UpkeepReport() }

    static func += (left: inout UpkeepReport, right: UpkeepReport) {
        left.compactions += right.compactions
        left.segmentsRewritten += right.segmentsRewritten
        left.segmentsFinished += right.segmentsFinished
        left.duplicatesRemoved += right.duplicatesRemoved
        left.indexMerges += right.indexMerges
        left.runsRebuilt += right.runsRebuilt
        left.bytesRead += right.bytesRead
        left.bytesWritten += right.bytesWritten
        left.segmentsExpired += right.segmentsExpired
        left.spansExpired.merge(right.spansExpired) { $0 + $1 }
        left.spansKept += right.spansKept
        left.errors += right.errors
    }
}

/// What the upkeep is at, for whoever waits.
public enum UpkeepStep: Sendable, Hashable {
    case expiring(file: String)
    case compacting(tenant: String, day: String, segments: Int, spans: UInt64)
    case mergingIndex(tenant: String, runs: Int, rows: UInt64)
}

/// What the upkeep has done since the store was opened, and how things stand.
public struct UpkeepStatistics: Sendable, Hashable {
    public var passes: UInt64 = 0
    public var errors: UInt64 = 0
    public var compactions: UInt64 = 0
    public var indexMerges: UInt64 = 0
    public var bytesRead: UInt64 = 0
    public var bytesWritten: UInt64 = 0
    public var duplicatesRemoved: UInt64 = 0
    public var spansExpired: [String: UInt64] = [:]
    /// How far the clock is ahead of the time that expiry believes: more than a little where the clock has jumped.
    public var expiryBehindNanoseconds: UInt64 = 0
    /// Of the last pass: files whose time is over and that holds keep, whole or in part.
    public var heldSegments = 0
    public var heldBytes: UInt64 = 0
    /// Of the last pass: by how much the store is larger than it may be, because nothing more may go.
    public var bytesOverBound: UInt64 = 0
    /// Classes that data is in and that no rule names: they are kept for ever.
    public var classesWithoutRule: [String] = []
    /// Index runs by level.
    public var indexRunsByLevel: [Int] = []
    public var lastError: String?

    public init() {}

    mutating func add(_ report: UpkeepReport) {
        passes += 1
        errors += UInt64(report.errors.count)
        compactions += UInt64(report.compactions)
        indexMerges += UInt64(report.indexMerges)
        bytesRead += report.bytesRead
        bytesWritten += report.bytesWritten
        duplicatesRemoved += report.duplicatesRemoved
        spansExpired.merge(report.spansExpired) { $0 + $1 }
        lastError = report.errors.last ?? lastError
    }
}

/// What a check of a whole store found.
public struct StoreCheckReport: Sendable {
    public var storeID: StoreID
    public var epoch: UInt64
    /// In the order of finding.
    public var findings: [StoreFinding] = []
    /// What was read.
    public var files = 0
    public var bytes: UInt64 = 0
    public var segments = 0
    /// Distinct spans of the segments that are whole.
    public var sealedSpans: UInt64 = 0
    public var indexRuns = 0
    public var logFiles = 0
    public var logRecords = 0
    /// Spans in the records of the log: acknowledged, and not sealed yet.
    public var logSpans: UInt64 = 0
    public var holds = 0
    public var activeHolds = 0
    /// Of the spans of all segments that are whole.
    package var contentSum = ContentSum()

    init(_ identity: StoreIdentity) {
        storeID = identity.storeID
        epoch = identity.epoch
    }

    /// Nothing that was stored is lost, changed or out of reach.
    public var isSound: Bool { !findings.contains { $0.kind.isDamage } }
}

/// How far a long piece of work is.
public struct StoreProgress: Sendable, Hashable {
    /// What is being done now, in a few words.
    public var phase: String
    public var doneBytes: UInt64
    public var totalBytes: UInt64

    package init(phase: String, doneBytes: UInt64, totalBytes: UInt64) {
        self.phase = phase
        self.doneBytes = doneBytes
        self.totalBytes = totalBytes
    }
}

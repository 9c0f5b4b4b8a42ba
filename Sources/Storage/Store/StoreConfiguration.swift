import Telemetry

extension Store {
    public struct Configuration: Sendable {
        public var transactionRules: TransactionRules
        /// Beyond this many bytes of queued, live and freezing batches, `admits` says no and senders feel backpressure.
        public var maximumLiveBytes: Int
        /// The live set is sealed into a segment when it has this many spans, …
        public var sealAfterSpans: Int
        /// … this many bytes in memory, …
        public var sealAfterBytes: Int
        /// … or its oldest batch is this old.
        public var sealAfterSeconds: Int
        /// A submission of more bytes (as `SpanBatch.memoryBytes` counts) is refused.
        public var maximumSubmissionBytes: Int
        /// A WAL file is closed and the next one begun at this size.
        public var maximumLogFileBytes: Int
        public var tenant: String
        /// How long spans are kept.
        public var retention: RetentionRules
        /// Bytes of segments and index beyond which the oldest days go before their time, `nil` for any number. What is
        /// held stays.
        public var maximumBytes: Int?
        /// Young segments of a day are compacted when they have so many bytes together, or when the day is over.
        public var finalSegmentBytes: Int
        /// So many index runs of about the same size are merged into one.
        public var indexFanIn: Int
        /// Whether a thread of the store does the upkeep: without it only `maintain` does.
        public var backgroundUpkeep: Bool
        /// How often the thread looks for something to do.
        public var upkeepSeconds: Int
        /// What the thread reads and writes, at most; `nil` holds nothing back.
        public var upkeepBytesPerSecond: UInt64?
        /// Adds up metric deltas; without it they are stored and lead nowhere.
        public var metricTotals: (any MetricTotals)?
        /// Told of what is stored, and asked before it goes.
        public var ledger: (any Ledger)?

        public init(
            transactionRules: TransactionRules = .standard, maximumLiveBytes: Int = 72 << 20,
            sealAfterSpans: Int = 131_072, sealAfterBytes: Int = 24 << 20, sealAfterSeconds: Int = 300,
            maximumSubmissionBytes: Int = 32 << 20, maximumLogFileBytes: Int = 64 << 20, tenant: String = "default",
            retention: RetentionRules = RetentionRules(), maximumBytes: Int? = nil, finalSegmentBytes: Int = 1 << 30,
            indexFanIn: Int = 4, backgroundUpkeep: Bool = false, upkeepSeconds: Int = 10,
            upkeepBytesPerSecond: UInt64? = 64 << 20, metricTotals: (any MetricTotals)? = nil,
            ledger: (any Ledger)? = nil
        ) {
            self.transactionRules = transactionRules
            self.maximumLiveBytes = maximumLiveBytes
            self.sealAfterSpans = sealAfterSpans
            self.sealAfterBytes = sealAfterBytes
            self.sealAfterSeconds = sealAfterSeconds
            self.maximumSubmissionBytes = maximumSubmissionBytes
            self.maximumLogFileBytes = maximumLogFileBytes
            self.tenant = tenant
            self.retention = retention
            self.maximumBytes = maximumBytes
            self.finalSegmentBytes = finalSegmentBytes
            self.indexFanIn = indexFanIn
            self.backgroundUpkeep = backgroundUpkeep
            self.upkeepSeconds = upkeepSeconds
            self.upkeepBytesPerSecond = upkeepBytesPerSecond
            self.metricTotals = metricTotals
            self.ledger = ledger
        }
    }
}

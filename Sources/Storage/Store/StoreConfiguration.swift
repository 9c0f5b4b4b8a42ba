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
        public var retentionClass: String
        /// Told of what is stored, and asked before it goes.
        public var ledger: (any Ledger)?

        public init(
            transactionRules: TransactionRules = .standard, maximumLiveBytes: Int = 72 << 20,
            sealAfterSpans: Int = 131_072, sealAfterBytes: Int = 24 << 20, sealAfterSeconds: Int = 300,
            maximumSubmissionBytes: Int = 32 << 20, maximumLogFileBytes: Int = 64 << 20, tenant: String = "default",
            retentionClass: String = "standard", ledger: (any Ledger)? = nil
        ) {
            self.transactionRules = transactionRules
            self.maximumLiveBytes = maximumLiveBytes
            self.sealAfterSpans = sealAfterSpans
            self.sealAfterBytes = sealAfterBytes
            self.sealAfterSeconds = sealAfterSeconds
            self.maximumSubmissionBytes = maximumSubmissionBytes
            self.maximumLogFileBytes = maximumLogFileBytes
            self.tenant = tenant
            self.retentionClass = retentionClass
            self.ledger = ledger
        }
    }
}

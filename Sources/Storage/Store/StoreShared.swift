import Files
import Synchronization

/// What the threads of a store share.
final class StoreShared: Sendable {
    let directory: StoreDirectory
    let configuration: Store.Configuration
    let storeID: StoreID
    let epoch: UInt64
    let stored: StoredFiles
    let state = Mutex(StoreState())
    /// Bytes of all batches that are queued, live or being sealed.
    let memoryBytes = Atomic<Int>(0)
    let intake = Monitor(Intake())
    let sealing = Monitor(Sealing())

    var files: any FileSystem { directory.files }

    init(directory: StoreDirectory, configuration: Store.Configuration, storeID: StoreID, epoch: UInt64) {
        self.directory = directory
        self.configuration = configuration
        self.storeID = storeID
        self.epoch = epoch
        stored = StoredFiles(directory: directory, storeID: storeID, ledger: configuration.ledger)
    }

    func release(_ bytes: Int) { memoryBytes.subtract(bytes, ordering: .relaxed) }

    /// Keeps an error for the statistics.
    func note(_ error: StoreError) { state.withLock { $0.statistics.lastError = error.description } }

    /// Unlinks what left the manifest and is read by nobody any more. What cannot go now goes later.
    func removeRetired() {
        if let error = stored.removeRetired() { note(error) }
    }
}

/// What waits for the writer thread.
struct Intake {
    enum Item {
        case submission(Submission, bytes: Int, completion: @Sendable (Result<AppendOutcome, StoreError>) -> Void)
        case record(LogRecord)
    }

    var items: [Item] = []
    /// Sequences that were refused for now: what comes after them in their session must wait for them.
    var refused: [SessionKey: UInt64] = [:]
    /// Those who asked for the live set to be sealed.
    var sealRequests: [SealTicket] = []
    /// The sealer is ready for another set.
    var sealerIsFree = true
    var isStopped = false
}

/// What waits for the sealer thread.
struct Sealing {
    var work: SealWork?
    /// Somebody asks for a set that failed to be tried again at once.
    var retryNow = false
    var isStopped = false
}

/// A live set that was taken out of the way, on its way to a segment.
final class SealWork: Sendable {
    let live: LiveSet
    /// The last log file that has records of it.
    let logThrough: UInt64
    let logBytes: Int
    let logFiles: Int
    let ledger: LedgerState.Delta
    /// Of all metric points in the log up to `logThrough`.
    let metricTotals: [RecoveredMetrics]?
    let tickets: [SealTicket]

    init(
        live: LiveSet, logThrough: UInt64, logBytes: Int, logFiles: Int, ledger: LedgerState.Delta,
        metricTotals: [RecoveredMetrics]?, tickets: [SealTicket]
    ) {
        self.live = live
        self.logThrough = logThrough
        self.logBytes = logBytes
        self.logFiles = logFiles
        self.ledger = ledger
        self.metricTotals = metricTotals
        self.tickets = tickets
    }
}

/// Somebody waiting for a seal to end.
final class SealTicket: Sendable {
    private let result = Monitor<Result<Void, StoreError>?>(nil)

    /// The first result counts.
    func resolve(_ outcome: Result<Void, StoreError>) { result.update { if $0 == nil { $0 = outcome } } }

    var isResolved: Bool { result.withLock { $0 != nil } }

    func wait() throws(StoreError) {
        guard let outcome = result.wait({ $0 }) else { return }
        try outcome.get()
    }
}

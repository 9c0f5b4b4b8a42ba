import Telemetry

/// What queries see: changed in one step by the threads that write and seal, so that every answer is of one moment.
struct StoreState: Sendable {
    var live = LiveSet()
    /// The former live set while it is being sealed.
    var frozen: LiveSet?
    /// The committed segments and index runs. Who reads holds them: their files stay until the last one lets go.
    var segments: [UInt64: SealedSegment] = [:]
    var runs: [SealedRun] = []
    /// Committed segments that were found missing or cut short when the store was opened, and why.
    var unreadable: [UInt64: StoreError] = [:]
    var ledger = LedgerState()
    /// Sessions with a connection, and how many.
    var connected: [SessionKey: Int] = [:]
    var statistics = StoreStatistics()
    /// Why nothing is acknowledged any more.
    var failure: StoreError?

    mutating func connect(_ key: SessionKey) { connected[key, default: 0] += 1 }

    mutating func disconnect(_ key: SessionKey) {
        guard let count = connected[key] else { return }
        connected[key] = count > 1 ? count - 1 : nil
    }
}

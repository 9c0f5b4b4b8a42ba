import Storage

/// One exporter life as the model knows it.
final class ModelSession {
    let key: SessionKey
    /// All that was made for it, by sequence.
    var batches: [UInt64: ModelBatch] = [:]
    var nextSequence: UInt64 = 1
    /// Sequences that were passed over so far.
    var skipped: [UInt64] = []
    var isConnected = false
    /// The store has seen it.
    var isSeen = false
    /// CLOSE came, and this was its last sequence.
    var isClosed = false
    var closedAt: UInt64 = 0
    /// Signs of it that may have been stored or not.
    var maybeSeen = false
    var maybeReopened = false
    var maybeClosedAt: [UInt64] = []
    /// The lowest sequence refused for now in this life of the store.
    var refusedFrom: UInt64?

    init(key: SessionKey) { self.key = key }

    var counted: Set<UInt64> { Set(batches.values.lazy.filter(\.isCounted).map(\.sequence)) }

    var highWater: UInt64 { max(counted.max() ?? 0, closedAt) }

    /// Runs of sequences that the ledger must show as missing.
    var missing: [ClosedRange<UInt64>] {
        var runs: [ClosedRange<UInt64>] = []
        var next = 1 as UInt64
        for sequence in counted.sorted() + [highWater + 1] {
            if sequence > next { runs.append(next...sequence - 1) }
            next = max(next, sequence + 1)
        }
        return runs
    }
}

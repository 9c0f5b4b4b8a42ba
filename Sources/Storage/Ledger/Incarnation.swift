/// What is known of one exporter life: how far it has come and what is missing on the way.
struct Incarnation: Sendable, Hashable {
    /// A run of sequences that did not come, and when that was noticed.
    struct Missing: Sendable, Hashable {
        var range: ClosedRange<UInt64>
        var fromNanoseconds: UInt64
        var toNanoseconds: UInt64
    }

    /// More missing runs than this are kept as fewer, wider ones: the ledger then says more is missing than is.
    static let maximumMissing = 1024

    /// The highest sequence stored, zero before the first.
    var highWater: UInt64 = 0
    /// The collector's clock at the first and the latest sign of life, Unix nanoseconds.
    var firstNanoseconds: UInt64
    var lastNanoseconds: UInt64
    /// CLOSE came: nothing more is to be expected.
    var isClosed = false
    /// Sorted, not touching.
    var missing: [Missing] = []

    init(seenNanoseconds: UInt64) {
        firstNanoseconds = seenNanoseconds
        lastNanoseconds = seenNanoseconds
    }

    /// Takes note of a batch. Returns `false` when it is stored already.
    mutating func take(_ sequence: UInt64, at nanoseconds: UInt64) -> Bool {
        if sequence > highWater {
            if sequence > highWater + 1 { lose(highWater + 1...sequence - 1, at: nanoseconds) }
            highWater = sequence
        } else {
            guard let index = missing.firstIndex(where: { $0.range.contains(sequence) }) else { return false }
            found(sequence, in: index)
        }
        lastNanoseconds = max(lastNanoseconds, nanoseconds)
        return true
    }

    /// Takes note of the end: all sequences up to `lastSequence` should have come.
    mutating func close(lastSequence: UInt64, at nanoseconds: UInt64) {
        if lastSequence > highWater {
            lose(highWater + 1...lastSequence, at: nanoseconds)
            highWater = lastSequence
        }
        lastNanoseconds = max(lastNanoseconds, nanoseconds)
        isClosed = true
    }

    private mutating func lose(_ range: ClosedRange<UInt64>, at nanoseconds: UInt64) {
        missing.append(Missing(range: range, fromNanoseconds: lastNanoseconds, toNanoseconds: nanoseconds))
        guard missing.count > Incarnation.maximumMissing else { return }
        let second = missing.remove(at: 1)
        missing[0].range = missing[0].range.lowerBound...second.range.upperBound
        missing[0].toNanoseconds = max(missing[0].toNanoseconds, second.toNanoseconds)
    }

    private mutating func found(_ sequence: UInt64, in index: Int) {
        let run = missing.remove(at: index)
        if sequence < run.range.upperBound {
            var after = run
            after.range = sequence + 1...run.range.upperBound
            missing.insert(after, at: index)
        }
        if sequence > run.range.lowerBound {
            var before = run
            before.range = run.range.lowerBound...sequence - 1
            missing.insert(before, at: index)
        }
    }
}

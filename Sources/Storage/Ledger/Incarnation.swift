/// What is known of one exporter life: how far it has come and what is missing on the way.
struct Incarnation: Sendable, Hashable {
    /// A run of sequences that did not come, and when that was noticed.
    struct Missing: Sendable, Hashable {
        var range: ClosedRange<UInt64>
        var fromNanoseconds: UInt64
        var toNanoseconds: UInt64

        func gap(of key: SessionKey) -> GapRecord {
            GapRecord(
                kind: .missingSequences(range), session: key, fromNanoseconds: fromNanoseconds,
                toNanoseconds: toNanoseconds)
        }
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
    /// When its connection went away without CLOSE, or was found gone by a collector that started.
    var disconnectedNanoseconds: UInt64?
    /// When the exporter's next life was first seen, unless this one showed itself after that.
    var successorNanoseconds: UInt64?
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
        isAlive(at: nanoseconds)
        return true
    }

    /// Takes note of a connection.
    mutating func open(at nanoseconds: UInt64) {
        isAlive(at: nanoseconds)
        isClosed = false
        disconnectedNanoseconds = nil
    }

    /// Takes note that the connection went away without CLOSE.
    mutating func disconnect(at nanoseconds: UInt64) {
        if isClosed { return }
        disconnectedNanoseconds = max(nanoseconds, disconnectedNanoseconds ?? 0)
    }

    private mutating func isAlive(at nanoseconds: UInt64) {
        lastNanoseconds = max(lastNanoseconds, nanoseconds)
        if let successor = successorNanoseconds, lastNanoseconds > successor { successorNanoseconds = nil }
    }

    /// What may be missing after the last batch, where the life did not close. `GapRecord` says when it ends.
    func unknownTail(of key: SessionKey) -> GapRecord? {
        guard !isClosed else { return nil }
        var end = UInt64.max
        if let disconnectedNanoseconds {
            end = max(disconnectedNanoseconds, lastNanoseconds).addingOrMax(GapRecord.reconnectMarginNanoseconds)
        }
        if let successorNanoseconds { end = min(end, max(successorNanoseconds, lastNanoseconds)) }
        return GapRecord(
            kind: .unknownTail(afterSequence: highWater), session: key, fromNanoseconds: lastNanoseconds,
            toNanoseconds: end)
    }

    /// The window of all its gaps, were it not connected.
    var gapWindow: GapWindow {
        var window = GapWindow.none
        for run in missing { window.widen(GapWindow(from: run.fromNanoseconds, to: run.toNanoseconds)) }
        let anyone = SessionKey(principal: "", instance: "", incarnation: 0)
        if let tail = unknownTail(of: anyone) { window.widen(tail.window) }
        return window
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
        missing[0].fromNanoseconds = min(missing[0].fromNanoseconds, second.fromNanoseconds)
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

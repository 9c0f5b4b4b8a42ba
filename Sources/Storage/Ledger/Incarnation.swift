/// What is known of one exporter life: how far it has come and what is missing on the way.
struct Incarnation: Sendable, Hashable {
    /// A run of sequences that did not come, and when what was in them was recorded.
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
    /// Batches that fill side by side are sent one after the other, so what is in one may have been recorded later than
    /// the newest of a batch that was sent after it: by as much as a batch may be held open, ten seconds.
    static let disorderNanoseconds: UInt64 = 10_000_000_000

    /// The highest sequence stored, zero before the first.
    var highWater: UInt64 = 0
    /// The collector's clock at the first and the latest sign of life, Unix nanoseconds.
    var firstNanoseconds: UInt64
    var lastNanoseconds: UInt64
    /// The newest time in what came: the exporter's clock, though never later than the receipt. What is missing after
    /// that was recorded after it, however late a spool delivered it. `nil` before the first.
    var recordedNanoseconds: UInt64?
    /// CLOSE came: nothing more is to be expected.
    var isClosed = false
    /// When its connection went away without CLOSE, or was found gone by a collector that started.
    var disconnectedNanoseconds: UInt64?
    /// When the exporter's next life was first seen, unless this one recorded something after that. Its spool being
    /// delivered after that is no sign of it: the next life does that.
    var successorNanoseconds: UInt64?
    /// Sorted, not touching.
    var missing: [Missing] = []

    init(seenNanoseconds: UInt64) {
        firstNanoseconds = seenNanoseconds
        lastNanoseconds = seenNanoseconds
    }

    /// Takes note of a batch whose newest content is of `recorded`. Returns `false` when it is stored already.
    mutating func take(_ sequence: UInt64, at nanoseconds: UInt64, recorded: UInt64?) -> Bool {
        let recorded = recorded.map { min($0, nanoseconds) }
        if sequence > highWater {
            if sequence > highWater + 1 { lose(highWater + 1...sequence - 1, before: recorded, at: nanoseconds) }
            highWater = sequence
        } else {
            guard let index = missing.firstIndex(where: { $0.range.contains(sequence) }) else { return false }
            found(sequence, recorded, in: index)
        }
        lastNanoseconds = max(lastNanoseconds, nanoseconds)
        if let recorded {
            recordedNanoseconds = max(recordedNanoseconds ?? 0, recorded)
            if let successor = successorNanoseconds, recorded > successor { successorNanoseconds = nil }
        }
        return true
    }

    /// Takes note of a connection: its own, or one of the next life that delivers its spool.
    mutating func open(at nanoseconds: UInt64) {
        lastNanoseconds = max(lastNanoseconds, nanoseconds)
        isClosed = false
        disconnectedNanoseconds = nil
    }

    /// Takes note that the connection went away without CLOSE.
    mutating func disconnect(at nanoseconds: UInt64) {
        if isClosed { return }
        disconnectedNanoseconds = max(nanoseconds, disconnectedNanoseconds ?? 0)
    }

    /// What may be missing was recorded after this: after the newest of what came or, where nothing of this life has told
    /// the time yet, after it was first seen.
    var knownUntilNanoseconds: UInt64 { recordedNanoseconds ?? firstNanoseconds }

    /// What may be missing after the last batch, where the life did not close. `GapRecord` says when it ends.
    func unknownTail(of key: SessionKey) -> GapRecord? {
        guard !isClosed else { return nil }
        var end = UInt64.max
        if let disconnectedNanoseconds {
            end = max(disconnectedNanoseconds, lastNanoseconds).addingOrMax(GapRecord.reconnectMarginNanoseconds)
        }
        let start = knownUntilNanoseconds
        if let successorNanoseconds { end = min(end, max(successorNanoseconds, start)) }
        return GapRecord(
            kind: .unknownTail(afterSequence: highWater), session: key, fromNanoseconds: start, toNanoseconds: end)
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
            lose(highWater + 1...lastSequence, before: nil, at: nanoseconds)
            highWater = lastSequence
        }
        lastNanoseconds = max(lastNanoseconds, nanoseconds)
        isClosed = true
    }

    /// A run is missing before a batch of `recorded`, as was noticed at `nanoseconds`.
    private mutating func lose(_ range: ClosedRange<UInt64>, before recorded: UInt64?, at nanoseconds: UInt64) {
        let start = recordedNanoseconds ?? min(firstNanoseconds, recorded ?? .max)
        let end = min(nanoseconds, recorded?.addingOrMax(Incarnation.disorderNanoseconds) ?? .max)
        missing.append(Missing(range: range, fromNanoseconds: start, toNanoseconds: max(start, end)))
        guard missing.count > Incarnation.maximumMissing else { return }
        let second = missing.remove(at: 1)
        missing[0].range = missing[0].range.lowerBound...second.range.upperBound
        missing[0].fromNanoseconds = min(missing[0].fromNanoseconds, second.fromNanoseconds)
        missing[0].toNanoseconds = max(missing[0].toNanoseconds, second.toNanoseconds)
    }

    private mutating func found(_ sequence: UInt64, _ recorded: UInt64?, in index: Int) {
        let run = missing.remove(at: index)
        if sequence < run.range.upperBound {
            var after = run
            after.range = sequence + 1...run.range.upperBound
            after.fromNanoseconds = min(run.fromNanoseconds, recorded ?? .max)
            missing.insert(after, at: index)
        }
        if sequence > run.range.lowerBound {
            var before = run
            before.range = run.range.lowerBound...sequence - 1
            missing.insert(before, at: index)
        }
    }
}

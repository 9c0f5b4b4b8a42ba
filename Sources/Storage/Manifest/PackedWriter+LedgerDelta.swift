extension PackedWriter {
    mutating func append(delta: LedgerState.Delta) {
        append(UInt32(delta.incarnations.count))
        for (key, incarnation) in delta.incarnations {
            append(session: key)
            append(incarnation: incarnation)
        }
        append(UInt32(delta.notes.count))
        for note in delta.notes { append(gap: note) }
    }

    private mutating func append(incarnation: Incarnation) {
        append(incarnation.highWater)
        append(incarnation.firstNanoseconds)
        append(incarnation.lastNanoseconds)
        // Bit 0: closed. Bits 1 to 3: the times that follow.
        append(
            UInt8(incarnation.isClosed ? 1 : 0) | (incarnation.disconnectedNanoseconds == nil ? 0 : 2)
                | (incarnation.successorNanoseconds == nil ? 0 : 4)
                | (incarnation.recordedNanoseconds == nil ? 0 : 8))
        if let time = incarnation.disconnectedNanoseconds { append(time) }
        if let time = incarnation.successorNanoseconds { append(time) }
        if let time = incarnation.recordedNanoseconds { append(time) }
        append(UInt32(incarnation.missing.count))
        for run in incarnation.missing {
            append(run.range.lowerBound)
            append(run.range.upperBound)
            append(run.fromNanoseconds)
            append(run.toNanoseconds)
        }
    }

    private mutating func append(gap: GapRecord) {
        append(UInt8(gap.session == nil ? 0 : 1))
        if let session = gap.session { append(session: session) }
        append(gap.fromNanoseconds)
        append(gap.toNanoseconds)
        switch gap.kind {
        case .missingSequences(let range):
            append(UInt8(1))
            append(range.lowerBound)
            append(range.upperBound)
        case .loss(let loss):
            append(UInt8(2))
            append(loss: loss)
        case .unknownTail(let sequence):
            append(UInt8(3))
            append(sequence)
        case .corruption(let file, let offset, let bytes):
            append(UInt8(4))
            append(text: file)
            append(UInt64(offset))
            append(UInt64(bytes))
        }
    }
}

extension PackedReader {
    /// Before version 4 of the manifest, a life's newest content had no time of its own: its last sign stands for it.
    mutating func ledgerDelta(version: UInt32) throws(StoreError) -> LedgerState.Delta {
        var ledger = LedgerState.Delta()
        for _ in 0..<(try elementCount()) {
            let key = try session()
            var life = try incarnation(flagsBelow: version < 4 ? 8 : 16)
            if version < 4 { life.recordedNanoseconds = life.lastNanoseconds }
            ledger.incarnations.append((key, life))
        }
        for _ in 0..<(try elementCount()) { ledger.notes.append(try gap()) }
        return ledger
    }

    private mutating func range() throws(StoreError) -> ClosedRange<UInt64> {
        let first: UInt64 = try integer()
        let last: UInt64 = try integer()
        guard first <= last else { throw damaged("a run from \(first) to \(last)") }
        return first...last
    }

    private mutating func incarnation(flagsBelow limit: UInt8) throws(StoreError) -> Incarnation {
        var incarnation = Incarnation(seenNanoseconds: 0)
        incarnation.highWater = try integer()
        incarnation.firstNanoseconds = try integer()
        incarnation.lastNanoseconds = try integer()
        let flags = try integer(UInt8.self)
        guard flags < limit else { throw damaged("an exporter life with unknown flags \(flags)") }
        incarnation.isClosed = flags & 1 != 0
        if flags & 2 != 0 { incarnation.disconnectedNanoseconds = try integer() }
        if flags & 4 != 0 { incarnation.successorNanoseconds = try integer() }
        if flags & 8 != 0 { incarnation.recordedNanoseconds = try integer() }
        for _ in 0..<(try elementCount()) {
            incarnation.missing.append(
                Incarnation.Missing(range: try range(), fromNanoseconds: try integer(), toNanoseconds: try integer()))
        }
        return incarnation
    }

    private mutating func gap() throws(StoreError) -> GapRecord {
        let session = try integer(UInt8.self) == 0 ? nil : try session()
        let from: UInt64 = try integer()
        let to: UInt64 = try integer()
        let kind: GapRecord.Kind
        switch try integer(UInt8.self) {
        case 1: kind = .missingSequences(try range())
        case 2: kind = .loss(try loss())
        case 3: kind = .unknownTail(afterSequence: try integer())
        case 4:
            kind = .corruption(
                file: try text(), offset: Int(clamping: try integer(UInt64.self)),
                bytes: Int(clamping: try integer(UInt64.self)))
        case let number: throw damaged("a gap of unknown kind \(number)")
        }
        return GapRecord(kind: kind, session: session, fromNanoseconds: from, toNanoseconds: to)
    }
}

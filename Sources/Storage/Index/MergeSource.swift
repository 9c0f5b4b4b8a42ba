import Telemetry

/// A run that is merged with others, and how its numbers turn into the new run's.
struct MergeSource {
    let run: IndexReader
    /// The new ordinal of each of its segments; `nil` when the segment is gone.
    private let segments: [UInt32?]
    private let kinds: [UInt32]

    /// `segments` and `kinds` are the new run's, ascending.
    init(_ run: IndexReader, segments: [UInt64], kinds: [[UInt8]]) throws(StoreError) {
        self.run = run
        var ordinals: [UInt64: UInt32] = [:]
        for (ordinal, number) in segments.enumerated() { ordinals[number] = UInt32(ordinal) }
        self.segments = run.segmentNumbers.map { ordinals[$0] }
        var numbers: [[UInt8]: UInt32] = [:]
        for (number, name) in kinds.enumerated() { numbers[name] = UInt32(number) }
        var own: [UInt32] = []
        for kind in run.kinds {
            guard let number = numbers[Array(kind.utf8)] else { throw run.corrupt("it names the kind \(kind) twice") }
            own.append(number)
        }
        self.kinds = own
    }

    /// Turns the segment's ordinal into the new one; false when it is gone.
    @inline(__always)
    func translate(segment: inout UInt32, _ cursor: BTreeCursor) throws(StoreError) -> Bool {
        guard Int(segment) < segments.count else {
            throw cursor.error("has a row of segment \(segment) of \(segments.count)")
        }
        guard let ordinal = segments[Int(segment)] else { return false }
        segment = ordinal
        return true
    }

    @inline(__always)
    func translate(kind: inout UInt32, _ cursor: BTreeCursor) throws(StoreError) {
        guard Int(kind) < kinds.count else { throw cursor.error("has a row of kind \(kind) of \(kinds.count)") }
        kind = kinds[Int(kind)]
    }
}

/// The traces of a run in key order, without those of segments that are gone.
struct TraceScan {
    private let source: MergeSource
    private var cursor: BTreeCursor
    private(set) var row: TraceRow?

    init(_ source: MergeSource, _ count: () throws(StoreError) -> Void) throws(StoreError) {
        self.source = source
        cursor = try source.run.cursor(.traces, keeps: false)
        try cursor.first()
        try read(count)
    }

    mutating func advance(_ count: () throws(StoreError) -> Void) throws(StoreError) {
        try cursor.next()
        try read(count)
    }

    private mutating func read(_ count: () throws(StoreError) -> Void) throws(StoreError) {
        let last = row
        row = nil
        while !cursor.isAtEnd {
            try count()
            guard var next = TraceRow(try cursor.record()) else { throw cursor.error("has a row that is no trace's") }
            if try source.translate(segment: &next.segment, cursor) {
                if let last, !(last < next) { throw cursor.error("has a row of traces that is out of order") }
                row = next
                return
            }
            try cursor.next()
        }
    }
}

/// The transactions of a run in key order, without those of segments that are gone.
struct TransactionScanOfRun {
    private let source: MergeSource
    private var cursor: BTreeCursor
    /// Its value's bytes stay until the scan moves.
    private(set) var row: TransactionRow?
    /// The value of the last row.
    private let value = GrowingBuffer<UInt8>(capacity: 64)

    init(_ source: MergeSource, _ count: () throws(StoreError) -> Void) throws(StoreError) {
        self.source = source
        cursor = try source.run.cursor(.transactions, keeps: false)
        try cursor.first()
        try read(count)
    }

    mutating func advance(_ count: () throws(StoreError) -> Void) throws(StoreError) {
        if let row {
            value.removeAll()
            value.append(contentsOf: row.value.assumingMemoryBound(to: UInt8.self))
            self.row?.value = value.bytes
        }
        try cursor.next()
        try read(count)
    }

    private mutating func read(_ count: () throws(StoreError) -> Void) throws(StoreError) {
        let last = row
        row = nil
        while !cursor.isAtEnd {
            try count()
            guard var next = TransactionRow(try cursor.record()) else {
                throw cursor.error("has a row that is no transaction's")
            }
            if try source.translate(segment: &next.segment, cursor) {
                try source.translate(kind: &next.kind, cursor)
                if let last, TransactionRow.order(last, next) >= 0 {
                    throw cursor.error("has a row of transactions that is out of order")
                }
                row = next
                return
            }
            try cursor.next()
        }
    }
}

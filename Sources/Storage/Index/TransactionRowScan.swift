/// The transactions of a run in key order, without those of segments that are gone.
struct TransactionRowScan {
    private let source: MergeSource
    private var cursor: BTreeCursor
    /// Rows met so far, those of segments that are gone too.
    private(set) var rows = 0
    /// Its value's bytes stay until the scan moves.
    private(set) var row: TransactionRow?
    /// The value of the last row.
    private let value = GrowingBuffer<UInt8>(capacity: 64)

    init(_ source: MergeSource, _ pace: () throws(StoreError) -> Void) throws(StoreError) {
        self.source = source
        cursor = try source.run.cursor(.transactions, keeps: false)
        try cursor.first()
        try read(pace)
    }

    mutating func advance(_ pace: () throws(StoreError) -> Void) throws(StoreError) {
        if let row {
            value.removeAll()
            value.append(contentsOf: row.value.assumingMemoryBound(to: UInt8.self))
            self.row?.value = value.bytes
        }
        try cursor.next()
        try read(pace)
    }

    private mutating func read(_ pace: () throws(StoreError) -> Void) throws(StoreError) {
        let last = row
        row = nil
        while !cursor.isAtEnd {
            rows &+= 1
            if rows % IndexRun.rowsBetweenPaces == 0 { try pace() }
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

/// The traces of a run in key order, without those of segments that are gone.
struct TraceScan {
    private let source: MergeSource
    private var cursor: BTreeCursor
    /// Rows met so far, those of segments that are gone too.
    private(set) var rows = 0
    private(set) var row: TraceRow?

    init(_ source: MergeSource, _ pace: () throws(StoreError) -> Void) throws(StoreError) {
        self.source = source
        cursor = try source.run.cursor(.traces, keeps: false)
        try cursor.first()
        try read(pace)
    }

    mutating func advance(_ pace: () throws(StoreError) -> Void) throws(StoreError) {
        try cursor.next()
        try read(pace)
    }

    private mutating func read(_ pace: () throws(StoreError) -> Void) throws(StoreError) {
        let last = row
        row = nil
        while !cursor.isAtEnd {
            rows &+= 1
            if rows % IndexRun.rowsBetweenPaces == 0 { try pace() }
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

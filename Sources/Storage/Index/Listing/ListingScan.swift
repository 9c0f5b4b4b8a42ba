/// The rows of one listing of a run, in key order.
struct ListingScan {
    private let table: IndexSchema.Table
    private var cursor: BTreeCursor
    private(set) var row: ListingRow?

    init(_ run: IndexReader, _ table: IndexSchema.Table) throws(StoreError) {
        self.table = table
        cursor = try run.cursor(table, keeps: false)
        try cursor.first()
        try read()
    }

    mutating func advance() throws(StoreError) {
        try cursor.next()
        try read()
    }

    private mutating func read() throws(StoreError) {
        let last = row
        row = nil
        if cursor.isAtEnd { return }
        guard let next = ListingRow(try cursor.record(), table) else {
            throw cursor.error("has a row that is none of \(table.name)")
        }
        if let last, !last.isBefore(next) {
            throw cursor.error("has a row of \(table.name) that is out of order")
        }
        row = next
    }
}

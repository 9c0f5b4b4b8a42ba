import Telemetry

extension IndexReader {
    /// Reads all pages and all rows: every checksum matches, every row is what its table has, in order, and as many as
    /// the run says. Throws the first thing that is wrong; returns the number of rows.
    @discardableResult
    package func verify() throws(StoreError) -> Int {
        let file = try run().file
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        defer { page.deallocate() }
        for number in 1...UInt32(file.pages) { try file.read(number, into: page) }

        let source = try MergeSource(self, segments: segmentNumbers, kinds: kinds.map { Array($0.utf8) })
        var traces = try TraceScan(source, {})
        while traces.row != nil { try traces.advance({}) }
        guard traces.rows == traceCount else {
            throw corrupt("it has \(traces.rows) traces where it says \(traceCount)")
        }
        var transactions = try TransactionRowScan(source, {})
        while transactions.row != nil { try transactions.advance({}) }
        guard transactions.rows == transactionCount else {
            throw corrupt("it has \(transactions.rows) transactions where it says \(transactionCount)")
        }
        var rows = rowCount
        for table in [IndexSchema.Table.services, .operations, .attributeKeys, .attributeValues] {
            var listing = try ListingScan(self, table)
            while listing.row != nil {
                rows += 1
                try listing.advance()
            }
        }
        return rows
    }
}

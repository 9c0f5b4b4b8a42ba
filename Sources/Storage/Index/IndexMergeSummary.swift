/// What a merge of runs wrote.
package struct IndexMergeSummary: Hashable, Sendable {
    package var bytes: Int
    /// The segments that the new run covers, ascending.
    package var segmentNumbers: [UInt64]
    /// Rows of all its tables.
    package var rows: Int

    package init(bytes: Int, segmentNumbers: [UInt64], rows: Int) {
        self.bytes = bytes
        self.segmentNumbers = segmentNumbers
        self.rows = rows
    }
}

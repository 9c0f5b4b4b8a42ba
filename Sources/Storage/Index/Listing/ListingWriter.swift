/// Writes one listing from rows in key order, of which equal ones follow each other, within its bounds.
struct ListingWriter {
    /// Rows that a listing has at most: what comes behind them in key order is left out.
    static let maximumRows = 65_536

    private let table: IndexSchema.Table
    private let record: RecordWriter
    private let tree: BTreeWriter
    private var held: ListingRow?
    /// The key that the last values are of, and how many they are.
    private var valuesKey: [ListingColumn] = []
    private var values = 0
    /// Whether a row was left out.
    private(set) var isCut = false
    /// The keys some of whose values were left out.
    private(set) var cutKeys: Set<[ListingColumn]> = []

    init(_ table: IndexSchema.Table, _ tree: BTreeWriter, _ record: RecordWriter) {
        self.table = table
        self.tree = tree
        self.record = record
    }

    mutating func add(_ row: ListingRow) throws(StoreError) {
        if held?.key == row.key {
            held?.include(row)
            return
        }
        try flush()
        held = row
    }

    mutating func finish() throws(StoreError) { try flush() }

    private mutating func flush() throws(StoreError) {
        guard let row = held else { return }
        held = nil
        if table == .attributeValues {
            let key = Array(row.key.prefix(3))
            if key != valuesKey {
                valuesKey = key
                values = 0
            }
            if values == SegmentCatalog.maximumValues {
                cutKeys.insert(key)
                return
            }
        }
        let bytes = row.write(record, table)
        // What does not fit a cell is longer than anything that people choose from a list.
        guard tree.rows < ListingWriter.maximumRows, bytes.count <= PageFormat.maximumLocalBytes else {
            isCut = true
            return
        }
        values += 1
        try tree.append(bytes)
    }
}

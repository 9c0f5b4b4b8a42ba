import Files
import Telemetry

/// Writes the tables of a run one after another, each in key order.
final class RunBuilder {
    private let output: RunWriter
    private let path: String
    private var roots = [UInt32](repeating: 0, count: IndexSchema.Table.allCases.count)
    let record = RecordWriter()
    /// Rows by table.
    private var rowsOfTables = [Int](repeating: 0, count: IndexSchema.Table.allCases.count)
    /// Which listings had more rows than they may have.
    private(set) var cut: ListingCut = []

    init(path: String, files: any FileSystem) throws(StoreError) {
        self.path = path
        output = try RunWriter(path: path, files: files)
    }

    /// Writes a table whose rows `body` appends.
    func table(
        _ table: IndexSchema.Table, _ body: (BTreeWriter) throws(StoreError) -> Void
    ) throws(StoreError) {
        let tree = BTreeWriter(output, path: path)
        try body(tree)
        roots[table.rawValue] = try tree.finish()
        rowsOfTables[table.rawValue] = tree.rows
    }

    var rows: Int { rowsOfTables.reduce(0, +) }

    func note(_ cut: ListingCut) { self.cut.formUnion(cut) }

    /// Writes the small tables and ends the file; returns its bytes. `segments` and `kinds` are in the order of their
    /// numbers in the other tables.
    func finish(
        segments: [UInt64], kinds: [[UInt8]], storeID: StoreID, epoch: UInt64
    ) throws(StoreError) -> Int {
        let record = record
        try table(.segments) { tree throws(StoreError) in
            for (ordinal, number) in segments.enumerated() {
                record.removeAll()
                record.integer(Int64(ordinal))
                record.integer(number)
                try tree.append(record.finish())
            }
        }
        try table(.kinds) { tree throws(StoreError) in
            for (number, name) in kinds.enumerated() {
                record.removeAll()
                record.integer(Int64(number))
                record.text(name)
                try tree.append(record.finish())
            }
        }
        let cut = cut
        let counts = [IndexSchema.Table.traces, .transactions].map { rowsOfTables[$0.rawValue] }
        try table(.meta) { tree throws(StoreError) in
            record.removeAll()
            record.text(IndexSchema.magic)
            record.integer(Int64(IndexSchema.version))
            record.blob(storeID.bytes)
            record.integer(epoch)
            for count in counts { record.integer(Int64(count)) }
            record.integer(Int64(cut.rawValue))
            try tree.append(record.finish())
        }
        let page = RunFirstPage.encode(roots: roots, pages: output.pages)
        var result: Result<Int, StoreError> = .success(0)
        page.withUnsafeBytes { bytes in
            do throws(StoreError) { result = .success(try output.finish(firstPage: bytes)) } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }
}

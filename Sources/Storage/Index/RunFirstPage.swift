/// The first page of a run: SQLite's header of 100 bytes, then the table that names all tables and their roots
/// (https://sqlite.org/fileformat2.html §1.3 and §2.6).
enum RunFirstPage {
    private static let magic: [UInt8] = Array("SQLite format 3\0".utf8)
    private static let headerBytes = 100
    /// The version of SQLite that is said to have written the file; it promises nothing.
    private static let sqliteVersion: UInt32 = 3_040_000

    /// The page of a file of `pages` pages whose tables have the roots `roots`, in the schema's order.
    static func encode(roots: [UInt32], pages: UInt32) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: PageFormat.pageBytes)
        func put(_ bytes: some Sequence<UInt8>, _ offset: Int) {
            for (index, byte) in bytes.enumerated() { page[offset + index] = byte }
        }
        func put(_ value: UInt32, _ offset: Int) {
            put((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - $0 * 8)) }, offset)
        }
        put(magic, 0)
        put([UInt8(PageFormat.pageBytes >> 8), 0, 1, 1, 0, 64, 32, 32], 16)
        // Changed once; so many pages; one schema, of format 4; UTF-8.
        put(1, 24)
        put(pages, 28)
        put(1, 40)
        put(4, 44)
        put(1, 56)
        put(UInt32(IndexSchema.version), 60)
        put(UInt32(IndexSchema.applicationID), 68)
        put(1, 92)
        put(sqliteVersion, 96)
        var start = PageFormat.pageBytes
        let tables = IndexSchema.Table.allCases
        for (index, table) in tables.enumerated() {
            let cell = schemaCell(table, rowID: UInt8(index + 1), root: roots[index])
            start -= cell.count
            put(cell, start)
            put([UInt8(start >> 8), UInt8(start & 0xFF)], headerBytes + 8 + index * 2)
        }
        precondition(start >= headerBytes + 8 + tables.count * 2, "the schema must fit the first page")
        put(
            [PageFormat.tableLeaf, 0, 0, 0, UInt8(tables.count), UInt8(start >> 8), UInt8(start & 0xFF), 0], headerBytes
        )
        return page
    }

    private static func schemaCell(_ table: IndexSchema.Table, rowID: UInt8, root: UInt32) -> [UInt8] {
        let writer = RecordWriter()
        writer.text("table")
        writer.text(table.name)
        writer.text(table.name)
        writer.integer(Int64(root))
        writer.text(table.sql)
        let record = writer.finish()
        var cell = [UInt8](repeating: 0, count: PageFormat.varintBytes(record.count))
        let count = record.count
        cell.withUnsafeMutableBytes { _ = PageFormat.put(varint: count, $0.baseAddress!) }
        return cell + [rowID] + record
    }

    /// The root of each table, in the schema's order, from the first page of a file of `pages` pages.
    static func decode(_ page: UnsafeRawBufferPointer, pages: Int, path: String) throws(StoreError) -> [UInt32] {
        func corrupt(_ message: String) -> StoreError { StoreError(.corrupt, message, path: path) }
        func word(_ offset: Int) -> UInt32 {
            UInt32(bigEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard page.prefix(magic.count).elementsEqual(magic), word(68) == UInt32(IndexSchema.applicationID) else {
            throw corrupt("it is no index run: the application id at offset 68 is not WBIX")
        }
        let version = Int(word(60))
        guard version <= IndexSchema.version else {
            throw StoreError(
                .newerVersion,
                "it has index format version \(version), and this program reads up to \(IndexSchema.version)",
                path: path)
        }
        guard version == IndexSchema.version else {
            throw corrupt(
                "its index format, version \(version) at offset 60, is not read any more: it must be made again from "
                    + "its segments")
        }
        guard Int(word(28)) == pages else {
            throw corrupt("it has \(pages) pages where its header at offset 28 says \(word(28))")
        }
        let tables = IndexSchema.Table.allCases
        guard page[headerBytes] == PageFormat.tableLeaf, page[headerBytes + 3] == 0,
            Int(page[headerBytes + 4]) == tables.count
        else { throw corrupt("the page at offset 0 does not name the \(tables.count) tables of an index run") }
        var roots: [UInt32] = []
        for (index, table) in tables.enumerated() {
            let place = headerBytes + 8 + index * 2
            guard let root = root(of: table, page, at: Int(page[place]) << 8 | Int(page[place + 1])),
                root > 1, root <= pages
            else { throw corrupt("the page at offset 0 does not say where the table \(table.name) is") }
            roots.append(root)
        }
        return roots
    }

    private static func root(of table: IndexSchema.Table, _ page: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
        guard let (count, rowID) = PageFormat.varint(page, offset),
            let (_, start) = PageFormat.varint(page, rowID), count <= page.count - start,
            var record = RecordReader(UnsafeRawBufferPointer(rebasing: page[start..<start + count])),
            let type = record.text(), type.elementsEqual("table".utf8),
            let name = record.text(), name.elementsEqual(table.name.utf8), record.text() != nil,
            let root = record.index(), let sql = record.text(), sql.elementsEqual(table.sql.utf8)
        else { return nil }
        return root
    }
}

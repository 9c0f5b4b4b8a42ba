import CSQLite

/// A whole index run, read as `Schemas/index.sql` describes it: the checksums from its last bytes, the tables with plain
/// SQL.
struct PlainIndexRun {
    struct Place: Hashable {
        var traceID: [UInt8]
        var segment: UInt64
        var firstRow: UInt32
        var rows: UInt32
        var block: UInt32
    }

    struct Transaction: Hashable {
        var kind: [UInt8]
        var value: [UInt8]
        var traceID: [UInt8]
        var segment: UInt64
        var rulesRevision: UInt64
    }

    let storeID: [UInt8]
    let epoch: UInt64
    let listingsCut: Int64
    let segments: [UInt64]
    let kinds: [[UInt8]]
    let places: [Place]
    let transactions: [Transaction]
    private(set) var catalog = PlainCatalog()
    private(set) var keysWithMoreValues: Set<PlainCatalog.Key> = []

    init(path: String, _ file: [UInt8]) throws {
        try PlainIndexRun.checkPages(file)
        let sql = try PlainSQL(path)
        guard try sql.rows("PRAGMA application_id") == [[.int(0x5742_4958)]],
            try sql.rows("PRAGMA user_version") == [[.int(2)]], try sql.rows("PRAGMA page_size") == [[.int(4096)]],
            try sql.rows("PRAGMA integrity_check") == [[.text(Array("ok".utf8))]]
        else { throw PlainError("not a run") }
        let meta = try sql.rows("SELECT magic, version, store_id, epoch, listings_cut, traces, transactions FROM meta")
        guard meta.count == 1, meta[0][0] == .text(Array("WAYBLIDX".utf8)), meta[0][1] == .int(2) else {
            throw PlainError("meta")
        }
        storeID = try meta[0][2].blob
        epoch = try meta[0][3].unsigned
        listingsCut = try meta[0][4].int
        let segmentRows = try sql.rows("SELECT ordinal, number FROM segments ORDER BY ordinal")
        let numbers = try segmentRows.map { try $0[1].unsigned }
        guard try segmentRows.map({ try $0[0].int }) == (0..<Int64(numbers.count)).map({ $0 }),
            numbers == Set(numbers).sorted()
        else { throw PlainError("ordinals of segments") }
        let kindRows = try sql.rows("SELECT number, name FROM kinds ORDER BY number")
        let names = try kindRows.map { try $0[1].text }
        guard try kindRows.map({ try $0[0].int }) == (0..<Int64(names.count)).map({ $0 }),
            zip(names, names.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) })
        else { throw PlainError("numbers of kinds") }
        segments = numbers
        kinds = names
        places = try sql.rows("SELECT id, segment, place FROM traces").map { row in
            let place = try PlainIndexRun.numbers(try row[2].blob)
            guard try row[0].blob.count == 16, place.count == 3 else { throw PlainError("a place of \(place)") }
            return Place(
                traceID: try row[0].blob, segment: numbers[Int(try row[1].int)], firstRow: place[0], rows: place[1],
                block: place[2])
        }
        transactions = try sql.rows("SELECT value, kind, trace, segment, rules_revision FROM transactions").map { row in
            var value: [UInt8]
            if case .blob(let id) = row[0] {
                guard id.count == 16 else { throw PlainError("a UUID of \(id.count) bytes") }
                value = PlainColumnPlan.hexadecimal(id)
                for place in [8, 13, 18, 23] { value.insert(0x2D, at: place) }
            } else {
                value = try row[0].text
            }
            return Transaction(
                kind: names[Int(try row[1].int)], value: value, traceID: try row[2].blob,
                segment: numbers[Int(try row[3].int)], rulesRevision: try row[4].unsigned)
        }
        guard try meta[0][5].int == Int64(places.count), try meta[0][6].int == Int64(transactions.count) else {
            throw PlainError("meta counts \(meta[0][5]) and \(meta[0][6]) rows")
        }
        try readListings(sql)
    }

    private mutating func readListings(_ sql: PlainSQL) throws {
        func times(_ row: ArraySlice<PlainSQL.Value>) throws -> PlainCatalog.Times {
            let times = try row.map { try $0.unsigned }
            return PlainCatalog.Times(earliest: times[0], latest: times[1])
        }
        for row in try sql.rows("SELECT name, earliest, latest FROM services") {
            catalog.services[try row[0].text] = try times(row[1...])
        }
        for row in try sql.rows("SELECT service, name, kind, earliest, latest FROM operations") {
            let operation = PlainCatalog.Operation(
                service: try row[0].text, name: try row[1].text, kind: Int32(try row[2].int))
            catalog.operations[operation] = try times(row[3...])
        }
        for row in try sql.rows("SELECT scope, key, type, earliest, latest, values_cut FROM attribute_keys") {
            let key = try key(row)
            catalog.keys[key] = try times(row[3...4])
            if try row[5].int != 0 { keysWithMoreValues.insert(key) }
        }
        for row in try sql.rows("SELECT scope, key, type, value, earliest, latest FROM attribute_values") {
            let key = try key(row)
            let value: PlainValue =
                switch key.type {
                case 1: .string(try row[3].text)
                case 2: .bool(try row[3].int == 1)
                case 3: .int(try row[3].int)
                case 4: .double(try row[3].blob.reduce(0) { $0 << 8 | UInt64($1) })
                default: throw PlainError("a value of type \(key.type)")
                }
            catalog.values[PlainCatalog.Value(key: key, value: value)] = try times(row[4...])
        }
    }

    private func key(_ row: [PlainSQL.Value]) throws -> PlainCatalog.Key {
        PlainCatalog.Key(place: UInt8(try row[0].int), key: try row[1].text, type: UInt8(try row[2].int))
    }

    /// The checksums behind the pages.
    private static func checkPages(_ file: [UInt8]) throws {
        guard file.count >= 16, file.suffix(8) == Array("WAYBLCRC".utf8)[...] else { throw PlainError("no trailer") }
        var end = PlainBytes(file, at: file.count - 16)
        let pages = Int(try end.u32())
        let sum = try end.u32()
        let start = pages * 4096
        guard file.count == start + pages * 4 + 16 else { throw PlainError("\(pages) pages in \(file.count) bytes") }
        guard PlainChecksums.crc32(file[start..<file.count - 12]) == sum else { throw PlainError("CRC-32 of CRC-32s") }
        var sums = PlainBytes(file, at: start)
        for page in 0..<pages {
            guard try sums.u32() == PlainChecksums.crc32(file[page * 4096..<(page + 1) * 4096]) else {
                throw PlainError("CRC-32 of page \(page)")
            }
        }
    }

    /// The numbers of a place.
    private static func numbers(_ blob: [UInt8]) throws -> [UInt32] {
        var source = PlainBytes(blob)
        var numbers: [UInt32] = []
        while !source.isAtEnd {
            let first = try source.u8()
            let more = (~first).leadingZeroBitCount
            guard more <= 4, more < 4 || first == 0xF0 else { throw PlainError("a number that starts with \(first)") }
            var number = more == 4 ? 0 : UInt32(first) & (0x7F >> UInt32(more))
            for byte in try source.take(more) { number = number << 8 | UInt32(byte) }
            numbers.append(number)
        }
        return numbers
    }
}

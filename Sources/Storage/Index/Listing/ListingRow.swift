import Telemetry

/// A row of one of the listings: what is listed, and when it was met.
struct ListingRow {
    /// As many columns as the table's primary key has.
    var key: [ListingColumn]
    var times: SegmentCatalog.Times
    /// Of an attribute's key: not all of its values are listed.
    var isCut = false

    init(_ key: [ListingColumn], _ times: SegmentCatalog.Times, isCut: Bool = false) {
        self.key = key
        self.times = times
        self.isCut = isCut
    }

    /// `nil` where the record is no row of `table`.
    init?(_ record: UnsafeRawBufferPointer, _ table: IndexSchema.Table) {
        guard var reader = RecordReader(record) else { return nil }
        key = []
        for _ in 0..<ListingRow.keyColumns(table) {
            guard let column = reader.column() else { return nil }
            key.append(column)
        }
        guard let earliest = reader.integer(), let latest = reader.integer() else { return nil }
        times = SegmentCatalog.Times(
            earliest: UInt64(bitPattern: earliest), latest: UInt64(bitPattern: latest))
        if table == .attributeKeys {
            guard let cut = reader.integer(), cut == 0 || cut == 1 else { return nil }
            isCut = cut == 1
        }
        guard reader.isAtEnd else { return nil }
    }

    func write(_ writer: RecordWriter, _ table: IndexSchema.Table) -> UnsafeRawBufferPointer {
        writer.removeAll()
        for column in key {
            switch column {
            case .integer(let number): writer.integer(number)
            case .text(let bytes): writer.text(bytes)
            case .blob(let bytes): writer.blob(bytes)
            }
        }
        writer.integer(times.earliest)
        writer.integer(times.latest)
        if table == .attributeKeys { writer.integer(isCut ? 1 : 0 as Int64) }
        return writer.finish()
    }

    func isBefore(_ other: ListingRow) -> Bool { key.lexicographicallyPrecedes(other.key) }

    /// Adds what an equal row brings.
    mutating func include(_ other: ListingRow) {
        times.earliest = min(times.earliest, other.times.earliest)
        times.latest = max(times.latest, other.times.latest)
        isCut = isCut || other.isCut
    }

    static func keyColumns(_ table: IndexSchema.Table) -> Int {
        switch table {
        case .services: 1
        case .operations, .attributeKeys: 3
        case .attributeValues: 4
        default: preconditionFailure("\(table.name) is no listing")
        }
    }
}

extension RecordReader {
    mutating func column() -> ListingColumn? {
        if let number = integer() { return .integer(number) }
        guard let (isText, bytes) = bytes() else { return nil }
        return isText ? .text(Array(bytes)) : .blob(Array(bytes))
    }
}

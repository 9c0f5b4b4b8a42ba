import Telemetry

extension IndexReader {
    /// The services that may have started spans from `from` to `to` (Unix nanoseconds, both included). What is listed
    /// started its first span before the end and its last after the start of that time.
    package func services(from: UInt64 = 0, to: UInt64 = .max) throws(StoreError) -> IndexListing<String> {
        var listing = IndexListing<String>()
        listing.isCut = cut.contains(.services)
        try list(.services, [], from, to) { row throws(StoreError) in
            guard let name = row.key[0].string else { throw corrupt("a row of its services has no name") }
            listing.entries[name] = row.times
            return true
        }
        return listing
    }

    /// The operations of one service or of all.
    package func operations(
        service: String? = nil, from: UInt64 = 0, to: UInt64 = .max
    ) throws(StoreError) -> IndexListing<SegmentCatalog.Operation> {
        var listing = IndexListing<SegmentCatalog.Operation>()
        listing.isCut = cut.contains(.operations)
        try list(.operations, service.map { [.text($0)] } ?? [], from, to) { row throws(StoreError) in
            guard let operation = row.operation else { throw corrupt("a row of its operations names none") }
            listing.entries[operation] = row.times
            return true
        }
        return listing
    }

    /// The keys of attributes in one place or in all.
    package func attributeKeys(
        place: SegmentCatalog.Place? = nil, from: UInt64 = 0, to: UInt64 = .max
    ) throws(StoreError) -> IndexListing<SegmentCatalog.Key> {
        var listing = IndexListing<SegmentCatalog.Key>()
        listing.isCut = cut.contains(.attributeKeys)
        let start = place.map { [ListingColumn.integer(Int64($0.rawValue))] } ?? []
        try list(.attributeKeys, start, from, to) { row throws(StoreError) in
            guard let key = row.attributeKey else { throw corrupt("a row of its attribute keys names none") }
            listing.entries[key] = row.times
            return true
        }
        return listing
    }

    /// At most `limit` values of an attribute, in one place or in all. Cut when there are more, and when the key has so
    /// many that they are not listed.
    package func attributeValues(
        place: SegmentCatalog.Place? = nil, key: String, from: UInt64 = 0, to: UInt64 = .max,
        limit: Int = SegmentCatalog.maximumValues
    ) throws(StoreError) -> IndexListing<SegmentCatalog.Value> {
        var listing = IndexListing<SegmentCatalog.Value>()
        listing.isCut = cut.contains(.attributeValues)
        for place in place.map({ [$0] }) ?? SegmentCatalog.Place.allCases {
            let start: [ListingColumn] = [.integer(Int64(place.rawValue)), .text(key)]
            try list(.attributeKeys, start, from, to) { row throws(StoreError) in
                listing.isCut = listing.isCut || row.isCut
                return true
            }
            try list(.attributeValues, start, from, to) { row throws(StoreError) in
                guard let value = row.attributeValue else { throw corrupt("a row of its attribute values has none") }
                guard listing.entries.count < limit else {
                    listing.isCut = true
                    return false
                }
                listing.entries[value] = row.times
                return true
            }
        }
        return listing
    }

    /// Calls `body` with the rows whose keys start with `start` and that were met in the time, until it returns false.
    private func list(
        _ table: IndexSchema.Table, _ start: [ListingColumn], _ from: UInt64, _ to: UInt64,
        _ body: (ListingRow) throws(StoreError) -> Bool
    ) throws(StoreError) {
        var cursor = try cursor(table, keeps: false)
        try cursor.seek { record throws(StoreError) in
            guard var reader = RecordReader(record) else { throw corrupt("a row of \(table.name) has no columns") }
            for column in start {
                guard let own = reader.column() else { throw corrupt("a row of \(table.name) has too few columns") }
                if own != column { return own < column }
            }
            return false
        }
        while !cursor.isAtEnd {
            guard let row = ListingRow(try cursor.record(), table) else {
                throw cursor.error("has a row that is none of \(table.name)")
            }
            guard row.key.starts(with: start) else { return }
            if row.times.earliest <= to, row.times.latest >= from, try !body(row) { return }
            try cursor.next()
        }
    }
}

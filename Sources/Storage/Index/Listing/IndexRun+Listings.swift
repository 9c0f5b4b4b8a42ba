import Telemetry

extension IndexRun {
    /// Values before keys, for the keys say whether values were left out.
    private static let listings: [(table: IndexSchema.Table, cut: ListingCut)] = [
        (.services, .services), (.operations, .operations), (.attributeValues, .attributeValues),
        (.attributeKeys, .attributeKeys),
    ]

    static func writeListings(_ builder: RunBuilder, _ segments: [IndexInput]) throws(StoreError) {
        var catalog = SegmentCatalog()
        var unlisted: Set<[ListingColumn]> = []
        for segment in segments {
            catalog.merge(segment.catalog)
            unlisted.formUnion(ListingRow.keysWithoutValues(segment.catalog))
        }
        try writeListings(builder, cutKeys: unlisted) { table, add throws(StoreError) in
            for row in ListingRow.rows(catalog, table) { try add(row) }
        }
    }

    static func mergeListings(
        _ builder: RunBuilder, _ runs: [IndexReader], _ earliestStart: UInt64, _ pace: () throws(StoreError) -> Void
    ) throws(StoreError) {
        for run in runs { builder.note(run.cut) }
        try writeListings(builder) { table, add throws(StoreError) in
            var scans = try runs.map { run throws(StoreError) in try ListingScan(run, table) }
            var rows = 0
            while true {
                var least: Int?
                for index in scans.indices {
                    guard let row = scans[index].row else { continue }
                    if let known = least, let other = scans[known].row, !row.isBefore(other) { continue }
                    least = index
                }
                guard let least, let row = scans[least].row else { return }
                rows += 1
                if rows % rowsBetweenPaces == 0 { try pace() }
                if row.times.latest >= earliestStart { try add(row) }
                try scans[least].advance()
            }
        }
    }

    /// Writes all listings; `rows` gives the rows of each in key order. Of `cutKeys` not all values are listed.
    private static func writeListings(
        _ builder: RunBuilder, cutKeys: Set<[ListingColumn]> = [],
        _ rows: (IndexSchema.Table, (ListingRow) throws(StoreError) -> Void) throws(StoreError) -> Void
    ) throws(StoreError) {
        var cutKeys = cutKeys
        for (table, cut) in listings {
            try builder.table(table) { tree throws(StoreError) in
                var writer = ListingWriter(table, tree, builder.record)
                try rows(table) { row throws(StoreError) in
                    var row = row
                    if table == .attributeKeys, cutKeys.contains(row.key) { row.isCut = true }
                    try writer.add(row)
                }
                try writer.finish()
                if writer.isCut { builder.note(cut) }
                cutKeys.formUnion(writer.cutKeys)
            }
        }
    }
}

import Files
import Telemetry

/// Writes index runs: SQLite files laid down in key order and never written again.
package enum IndexRun {
    /// Writes the entries of `segments` to a new file at `path`, durable with its directory entry. Returns its bytes.
    /// After an error the file may be there in part; it is nobody's then, and may be removed.
    @discardableResult
    package static func write(
        _ segments: [IndexInput], storeID: StoreID, epoch: UInt64, path: String, files: any FileSystem
    ) throws(StoreError) -> Int {
        let numbers = Set(segments.map(\.segmentNumber)).sorted()
        var ordinals: [UInt64: UInt32] = [:]
        for (ordinal, number) in numbers.enumerated() { ordinals[number] = UInt32(ordinal) }
        let kinds = kinds(segments)
        let builder = try RunBuilder(path: path, files: files)
        try writeTraces(builder, segments, ordinals)
        try writeTransactions(builder, segments, ordinals, kinds)
        try writeListings(builder, segments)
        return try builder.finish(segments: numbers, kinds: kinds, storeID: storeID, epoch: epoch)
    }

    private static func kinds(_ segments: [IndexInput]) -> [[UInt8]] {
        var names: Set<[UInt8]> = []
        var last: String?
        for segment in segments {
            for entry in segment.transactions where entry.key.kind != last {
                names.insert(Array(entry.key.kind.utf8))
                last = entry.key.kind
            }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func writeTraces(
        _ builder: RunBuilder, _ segments: [IndexInput], _ ordinals: [UInt64: UInt32]
    ) throws(StoreError) {
        var rows: [TraceRow] = []
        rows.reserveCapacity(segments.reduce(0) { $0 + $1.traces.count })
        for segment in segments {
            let ordinal = ordinals[segment.segmentNumber] ?? 0
            for trace in segment.traces { rows.append(TraceRow(trace, segment: ordinal)) }
        }
        rows.sort()
        try builder.table(.traces) { tree throws(StoreError) in
            var last: TraceRow?
            for row in rows where row != last {
                try tree.append(row.write(builder.record))
                last = row
            }
        }
    }

    private static func writeTransactions(
        _ builder: RunBuilder, _ segments: [IndexInput], _ ordinals: [UInt64: UInt32], _ kinds: [[UInt8]]
    ) throws(StoreError) {
        let kindNumbers = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($1, UInt32($0)) })
        let values = TransactionValues()
        // Most entries are of the kind of the one before.
        var last: (name: String, number: UInt32)?
        for segment in segments {
            let ordinal = ordinals[segment.segmentNumber] ?? 0
            for entry in segment.transactions {
                let kind = entry.key.kind
                let number =
                    if let last, last.name == kind { last.number } else { kindNumbers[Array(kind.utf8)] ?? 0 }
                last = (kind, number)
                values.append(entry, kind: number, segment: ordinal)
            }
        }
        let rows = values.sorted()
        try builder.table(.transactions) { tree throws(StoreError) in
            for (index, row) in rows.enumerated() {
                // Of equal keys the last has the newest revision.
                if index + 1 < rows.count, TransactionRow.order(row, rows[index + 1]) == 0 { continue }
                try tree.append(row.write(builder.record))
            }
        }
        withExtendedLifetime(values) {}
    }
}

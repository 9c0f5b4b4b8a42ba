import Files
import Telemetry

extension IndexRun {
    /// Rows between two calls of `pace`.
    private static let rowsBetweenPaces = 4096

    /// Merges `runs` into a new one at `path`, durable with its directory entry. Rows of segments that are not live are
    /// left out, equal rows come once; of equal transactions the newest revision stays. Listings keep what they have,
    /// except rows whose latest start is before `earliestStart`: give that of the live segments.
    ///
    /// Reads and writes in key order and keeps a few pages of each run in memory. `pace` is called every few thousand
    /// rows, and may throw to give up. After an error the file may be there in part; it is nobody's then, and may be
    /// removed.
    package static func merge(
        _ runs: [IndexReader], keeping isLive: (UInt64) -> Bool, startingFrom earliestStart: UInt64 = 0,
        storeID: StoreID, epoch: UInt64, path: String, files: any FileSystem, pace: () throws(StoreError) -> Void
    ) throws(StoreError) -> IndexMergeSummary {
        let numbers = Set(runs.flatMap(\.segmentNumbers)).filter(isLive).sorted()
        let kinds = Set(runs.flatMap { $0.kinds.map { Array($0.utf8) } }).sorted { $0.lexicographicallyPrecedes($1) }
        let sources = try runs.map { run throws(StoreError) in try MergeSource(run, segments: numbers, kinds: kinds) }
        let builder = try RunBuilder(path: path, files: files)
        var rowsSincePace = 0
        func count() throws(StoreError) {
            rowsSincePace += 1
            if rowsSincePace < rowsBetweenPaces { return }
            rowsSincePace = 0
            try pace()
        }
        try mergeTraces(builder, sources, count)
        try mergeTransactions(builder, sources, count)
        try mergeListings(builder, runs, earliestStart, count)
        let bytes = try builder.finish(segments: numbers, kinds: kinds, storeID: storeID, epoch: epoch)
        return IndexMergeSummary(bytes: bytes, segmentNumbers: numbers, rows: builder.rows)
    }

    private static func mergeTraces(
        _ builder: RunBuilder, _ sources: [MergeSource], _ count: () throws(StoreError) -> Void
    ) throws(StoreError) {
        var scans = try sources.map { source throws(StoreError) in try TraceScan(source, count) }
        try builder.table(.traces) { tree throws(StoreError) in
            var last: TraceRow?
            while true {
                var least: Int?
                for index in scans.indices {
                    guard let row = scans[index].row else { continue }
                    if let known = least, let other = scans[known].row, !(row < other) { continue }
                    least = index
                }
                guard let least, let row = scans[least].row else { return }
                if last != row { try tree.append(row.write(builder.record)) }
                last = row
                try scans[least].advance(count)
            }
        }
    }

    private static func mergeTransactions(
        _ builder: RunBuilder, _ sources: [MergeSource], _ count: () throws(StoreError) -> Void
    ) throws(StoreError) {
        var scans = try sources.map { source throws(StoreError) in try TransactionScanOfRun(source, count) }
        try builder.table(.transactions) { tree throws(StoreError) in
            while true {
                var least: TransactionRow?
                for scan in scans {
                    guard let row = scan.row else { continue }
                    guard let known = least else {
                        least = row
                        continue
                    }
                    let order = TransactionRow.order(row, known)
                    if order < 0 || order == 0 && row.revision > known.revision { least = row }
                }
                guard let least else { return }
                try tree.append(least.write(builder.record))
                // `least` has bytes of one of the scans, so which ones stand at it comes before any of them moves.
                let equal = scans.indices.filter { index in
                    scans[index].row.map { TransactionRow.order($0, least) == 0 } ?? false
                }
                for index in equal { try scans[index].advance(count) }
            }
        }
    }
}

import Files
import Telemetry

extension IndexRun {
    /// Rows of one run between two calls of `pace`.
    static let rowsBetweenPaces = 4096

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
        try mergeTraces(builder, sources, pace)
        try mergeTransactions(builder, sources, pace)
        try mergeListings(builder, runs, earliestStart, pace)
        let bytes = try builder.finish(segments: numbers, kinds: kinds, storeID: storeID, epoch: epoch)
        return IndexMergeSummary(bytes: bytes, segmentNumbers: numbers, rows: builder.rows)
    }

    private static func mergeTraces(
        _ builder: RunBuilder, _ sources: [MergeSource], _ pace: () throws(StoreError) -> Void
    ) throws(StoreError) {
        var scans = try sources.map { source throws(StoreError) in try TraceScan(source, pace) }
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
                try scans[least].advance(pace)
            }
        }
    }

    private static func mergeTransactions(
        _ builder: RunBuilder, _ sources: [MergeSource], _ pace: () throws(StoreError) -> Void
    ) throws(StoreError) {
        var scans = try sources.map { source throws(StoreError) in try TransactionRowScan(source, pace) }
        try builder.table(.transactions) { tree throws(StoreError) in
            /// The scans that stand at the least key.
            var standing: [Int] = []
            while true {
                standing.removeAll(keepingCapacity: true)
                var least: TransactionRow?
                for index in scans.indices {
                    guard let row = scans[index].row else { continue }
                    let order = if let least { TransactionRow.order(row, least) } else { -1 }
                    if order > 0 { continue }
                    if order < 0 { standing.removeAll(keepingCapacity: true) }
                    standing.append(index)
                    if order < 0 || row.revision > least?.revision ?? 0 { least = row }
                }
                guard let least else { return }
                try tree.append(least.write(builder.record))
                for index in standing { try scans[index].advance(pace) }
            }
        }
    }
}

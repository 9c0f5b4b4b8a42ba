import Files
import Telemetry

/// Answers look-ups from one index run. Thread-safe. The run's file is open only while it is in use, and as long as
/// there is room; pages that look-ups met lately stay in memory.
package final class IndexReader: Sendable {
    /// One place where a trace is.
    package struct Hit: Hashable, Sendable {
        package var segmentNumber: UInt64
        package var location: TraceLocation

        package init(segmentNumber: UInt64, location: TraceLocation) {
            self.segmentNumber = segmentNumber
            self.location = location
        }
    }

    package let path: String
    package let epoch: UInt64
    package let fileBytes: Int
    /// The segments that the run covers, ascending.
    package let segmentNumbers: [UInt64]
    /// Rows that say where a trace is, and rows that name a trace of a transaction.
    package let traceCount: Int
    package let transactionCount: Int
    /// The listings that are not whole.
    package let cut: ListingCut

    /// The kinds of transaction ids, ascending by their bytes: a row has the place of its kind here.
    let kinds: [String]
    private let roots: [UInt32]
    private let files: any FileSystem
    private let open: OpenFiles<OpenRun>
    private let openName: UInt64
    private let cache: RunPageCache
    private let cacheName: UInt64

    /// Opens the run at `path` and checks that it is one, of the version that is written, of the store `storeID`. It
    /// stays open while `open` has room for it.
    package init(
        path: String, files: any FileSystem, expecting storeID: StoreID,
        open: OpenFiles<OpenRun> = OpenFiles(limit: OpenRun.maximumOpen), cache: RunPageCache = .shared
    ) throws(StoreError) {
        let name = cache.newName()
        let run = try OpenRun(path: path, files: files, cache: cache, name: name)
        let contents = try RunContents(run, storeID)
        self.path = path
        self.files = files
        self.open = open
        self.cache = cache
        cacheName = name
        fileBytes = run.file.fileBytes
        roots = contents.roots
        epoch = contents.epoch
        traceCount = contents.traceCount
        transactionCount = contents.transactionCount
        cut = contents.cut
        segmentNumbers = contents.segmentNumbers
        kinds = contents.kinds
        openName = open.newName()
        open.keep(run, openName)
    }

    deinit { open.close(openName) }

    /// Every place in a segment that has rows of `trace`, in segment order.
    package func locations(of trace: TraceID) throws(StoreError) -> [Hit] {
        var hits: [Hit] = []
        try locations(ofSorted: CollectionOfOne(trace)) { hits.append($0) }
        return hits
    }

    /// The same for many traces at once, ascending and each once: cheaper than one by one, since what the tree has on
    /// the way from one to the next is not looked for again.
    package func locations(
        ofSorted traces: some Sequence<TraceID>, _ body: (Hit) throws(StoreError) -> Void
    ) throws(StoreError) {
        var cursor = try cursor(.traces, keeps: true)
        var previous: TraceID?
        for trace in traces {
            let isBefore = { (record: UnsafeRawBufferPointer) throws(StoreError) -> Bool in
                guard let id = TraceRow.id(record) else {
                    throw self.corrupt("a row of its traces names no trace")
                }
                return id < trace
            }
            if let last = previous {
                precondition(last < trace, "traces must be in ascending order")
                try cursor.seekForward(isBefore)
            } else {
                try cursor.seek(isBefore)
            }
            previous = trace
            while !cursor.isAtEnd {
                guard let row = TraceRow(try cursor.record()), Int(row.segment) < segmentNumbers.count else {
                    throw cursor.error("has a row of traces that names no rows of a segment")
                }
                guard row.id == trace else { break }
                try body(Hit(segmentNumber: segmentNumbers[Int(row.segment)], location: row.location))
                try cursor.next()
            }
        }
    }

    /// The traces of the transactions whose normalised value is `value`, of one kind or of all, in key order: a trace
    /// comes once for each segment that has it.
    package func traces(of value: String, kind: String? = nil) throws(StoreError) -> [TransactionHitEntry] {
        if kinds.isEmpty { return [] }
        let sought = IndexValue(value)
        var cursor = try cursor(.transactions, keeps: true)
        var entries: [TransactionHitEntry] = []
        try sought.withBytes { bytes throws(StoreError) in
            try cursor.seek { record throws(StoreError) in
                guard let (isText, value) = IndexValue.first(record) else {
                    throw self.corrupt("a row of its transactions has no value")
                }
                return IndexValue.order(isText, value, !sought.isUUID, bytes) < 0
            }
            while !cursor.isAtEnd {
                guard let row = TransactionRow(try cursor.record()), Int(row.segment) < segmentNumbers.count,
                    Int(row.kind) < kinds.count
                else { throw cursor.error("has a row of transactions that names no trace") }
                guard IndexValue.order(row.isText, row.value, !sought.isUUID, bytes) == 0 else { return }
                let name = kinds[Int(row.kind)]
                if kind == nil || name == kind {
                    entries.append(
                        TransactionHitEntry(
                            segmentNumber: segmentNumbers[Int(row.segment)],
                            entry: TransactionEntry(
                                key: TransactionKey(kind: name, value: value), traceID: row.trace,
                                rulesRevision: row.revision)))
                }
                try cursor.next()
            }
        }
        return entries
    }

    package var rowCount: Int { traceCount + transactionCount }

    func corrupt(_ problem: String) -> StoreError { StoreError(.corrupt, problem, path: path) }

    /// A cursor that stands nowhere yet.
    func cursor(_ table: IndexSchema.Table, keeps: Bool) throws(StoreError) -> BTreeCursor {
        BTreeCursor(try run(), root: roots[table.rawValue], keeps: keeps)
    }

    func run() throws(StoreError) -> OpenRun {
        try open.handle(openName) { () throws(StoreError) in
            let run = try OpenRun(path: path, files: files, cache: cache, name: cacheName)
            guard run.file.fileBytes == fileBytes else {
                throw corrupt("it has \(run.file.fileBytes) bytes, and had \(fileBytes) when it was opened first")
            }
            return run
        }
    }
}

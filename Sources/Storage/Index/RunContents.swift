import Telemetry

/// What a run says of itself, checked when it is opened.
struct RunContents {
    var roots: [UInt32]
    var epoch: UInt64
    var traceCount: Int
    var transactionCount: Int
    var cut: ListingCut
    var segmentNumbers: [UInt64]
    var kinds: [String]

    init(_ run: OpenRun, _ storeID: StoreID) throws(StoreError) {
        let path = run.file.path
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        defer { page.deallocate() }
        try run.file.read(1, into: page)
        roots = try RunFirstPage.decode(UnsafeRawBufferPointer(page), pages: run.file.pages, path: path)

        func cursor(_ table: IndexSchema.Table, _ roots: [UInt32]) throws(StoreError) -> BTreeCursor {
            var cursor = BTreeCursor(run, root: roots[table.rawValue], keeps: false)
            try cursor.first()
            return cursor
        }
        var meta = try cursor(.meta, roots)
        guard !meta.isAtEnd, var reader = RecordReader(try meta.record()), let magic = reader.text(),
            magic.elementsEqual(IndexSchema.magic.utf8), reader.integer() == Int64(IndexSchema.version),
            let (isText, id) = reader.bytes(), !isText, let known = StoreID(Array(id)),
            let epoch = reader.integer(), let traces = reader.count(), let transactions = reader.count(),
            let bits = reader.integer(), let cut = UInt8(exactly: bits), reader.isAtEnd
        else { throw StoreError(.corrupt, "its meta table is not an index run's", path: path) }
        guard known == storeID else {
            throw StoreError(
                .notThisStore,
                "it belongs to the store \(Hex.string(known.bytes)), not to \(Hex.string(storeID.bytes))", path: path)
        }
        self.epoch = UInt64(bitPattern: epoch)
        traceCount = traces
        transactionCount = transactions
        self.cut = ListingCut(rawValue: cut)

        segmentNumbers = []
        var segments = try cursor(.segments, roots)
        while !segments.isAtEnd {
            guard var reader = RecordReader(try segments.record()),
                reader.integer() == Int64(segmentNumbers.count), let bits = reader.integer(), reader.isAtEnd,
                segmentNumbers.last ?? 0 < UInt64(bitPattern: bits) || segmentNumbers.isEmpty
            else { throw segments.error("has a row of segments that is out of order") }
            segmentNumbers.append(UInt64(bitPattern: bits))
            try segments.next()
        }
        kinds = []
        var last: [UInt8] = []
        var names = try cursor(.kinds, roots)
        while !names.isAtEnd {
            guard var reader = RecordReader(try names.record()), reader.integer() == Int64(kinds.count),
                let name = reader.text(), reader.isAtEnd, kinds.isEmpty || last.lexicographicallyPrecedes(name)
            else { throw names.error("has a row of kinds that is out of order") }
            last = Array(name)
            kinds.append(String(decoding: name, as: UTF8.self))
            try names.next()
        }
    }
}

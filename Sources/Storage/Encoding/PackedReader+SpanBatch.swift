import Telemetry

extension PackedReader {
    /// A whole batch, every reference in it checked.
    mutating func batch() throws(StoreError) -> SpanBatch {
        var batch = SpanBatch()
        let rows = try elementCount()
        let events = try elementCount()
        let links = try elementCount()
        let resources = try elementCount()
        let scopes = try elementCount()
        batch.strings = try strings()
        batch.shapes = try shapes(strings: batch.strings.count)
        batch.values = try mixed(try elementCount())
        try readResources(resources, into: &batch)
        try readScopes(scopes, into: &batch)
        try readRows(rows, events: events, links: links, into: &batch)
        try readEvents(events, into: &batch)
        try readLinks(links, into: &batch)
        try checkPayloads(of: batch)
        return batch
    }

    private mutating func strings() throws(StoreError) -> StringTable {
        let count = try elementCount()
        let byteCount = Int(try integer(UInt32.self))
        guard count > 0 else { throw damaged("a string table without its empty string") }
        let lengths = try column(count - 1, limit: UInt64(byteCount)) { Int($0) }
        let arena = try take(byteCount)
        var table = StringTable()
        table.reserve(strings: count, bytes: byteCount)
        var start = 0
        for (index, length) in lengths.enumerated() {
            guard length > 0, length <= byteCount - start else { throw damaged("a string of \(length) bytes") }
            let ref = table.intern(UnsafeRawBufferPointer(rebasing: arena[start..<start + length]))
            guard Int(ref.rawValue) == index + 1 else { throw damaged("a string that is there twice") }
            start += length
        }
        return table
    }

    private mutating func shapes(strings: Int) throws(StoreError) -> ShapeTable {
        let count = try elementCount()
        let fieldCount = try elementCount()
        guard count > 0 else { throw damaged("a shape table without its empty shape") }
        let lengths = try column(count - 1, limit: UInt64(fieldCount)) { Int($0) }
        let keys = try column(fieldCount, limit: UInt64(strings - 1)) { StringRef(UInt32(truncatingIfNeeded: $0)) }
        let types = try column(fieldCount, limit: 7) { ValueType(rawValue: UInt8(truncatingIfNeeded: $0)) ?? .empty }
        var table = ShapeTable()
        var start = 0
        for (index, length) in lengths.enumerated() {
            guard length > 0, length <= fieldCount - start else { throw damaged("a shape of \(length) fields") }
            let layout = (start..<start + length).map { ShapeField(key: keys[$0], type: types[$0]) }
            guard Int(table.intern(layout)) == index + 1 else { throw damaged("a shape that is there twice") }
            start += length
        }
        return table
    }

    private mutating func refs(_ rows: Int, _ batch: borrowing SpanBatch) throws(StoreError) -> [StringRef] {
        try column(rows, limit: UInt64(batch.strings.count - 1)) { StringRef(UInt32(truncatingIfNeeded: $0)) }
    }

    private mutating func words(_ rows: Int) throws(StoreError) -> [UInt32] {
        try column(rows, limit: UInt64(UInt32.max)) { UInt32(truncatingIfNeeded: $0) }
    }

    /// Shapes, then starts; each list must lie within the batch's payloads.
    private mutating func lists(
        _ rows: Int, _ batch: borrowing SpanBatch, deltas: Bool = false
    ) throws(StoreError) -> [AttributeList] {
        let shapes = try column(rows, limit: UInt64(batch.shapes.count - 1)) { UInt32(truncatingIfNeeded: $0) }
        var starts = try words(rows)
        if deltas { for row in starts.indices.dropFirst() { starts[row] &+= starts[row - 1] } }
        var lists: [AttributeList] = []
        lists.reserveCapacity(rows)
        for row in 0..<rows {
            let count = batch.shapes.fieldCount(shapes[row])
            guard count == 0 || Int(starts[row]) + count <= batch.values.count else {
                throw damaged("attributes beyond the payloads of the batch")
            }
            lists.append(AttributeList(shape: shapes[row], start: starts[row]))
        }
        return lists
    }

    private mutating func readResources(_ count: Int, into batch: inout SpanBatch) throws(StoreError) {
        let attributes = try lists(count, batch)
        let dropped = try words(count)
        let schemas = try refs(count, batch)
        let entities = try refs(count, batch)
        batch.resources = (0..<count).map {
            ResourceRecord(
                attributes: attributes[$0], droppedAttributes: dropped[$0], schemaURL: schemas[$0],
                entityReferences: entities[$0])
        }
    }

    private mutating func readScopes(_ count: Int, into batch: inout SpanBatch) throws(StoreError) {
        let names = try refs(count, batch)
        let versions = try refs(count, batch)
        let attributes = try lists(count, batch)
        let dropped = try words(count)
        let schemas = try refs(count, batch)
        batch.scopes = (0..<count).map {
            ScopeRecord(
                name: names[$0], version: versions[$0], attributes: attributes[$0], droppedAttributes: dropped[$0],
                schemaURL: schemas[$0])
        }
    }

    private mutating func readRows(
        _ rows: Int, events: Int, links: Int, into batch: inout SpanBatch
    ) throws(StoreError) {
        let ids = try take(rows * MemoryLayout<TraceID>.size)
        batch.traceID = (0..<rows).map { row in
            TraceID(
                high: ids.loadUnaligned(fromByteOffset: row * 16, as: UInt64.self),
                low: ids.loadUnaligned(fromByteOffset: row * 16 + 8, as: UInt64.self))
        }
        batch.spanID = try column(rows) { SpanID($0) }
        batch.parentSpanID = try column(rows) { SpanID($0) }
        batch.startNanoseconds = try column(rows) { $0 }
        let durations = try column(rows) { $0 }
        batch.endNanoseconds = (0..<rows).map { batch.startNanoseconds[$0] &+ durations[$0] }
        batch.name = try refs(rows, batch)
        batch.kind = try words(rows).map { Int32(bitPattern: $0) }
        batch.statusCode = try words(rows).map { Int32(bitPattern: $0) }
        batch.statusMessage = try refs(rows, batch)
        batch.traceState = try refs(rows, batch)
        batch.flags = try words(rows)
        batch.resource = try indices(rows, of: batch.resources.count)
        batch.scope = try indices(rows, of: batch.scopes.count)
        batch.attributes = try lists(rows, batch, deltas: true)
        batch.droppedAttributes = try words(rows)
        batch.droppedEvents = try words(rows)
        batch.droppedLinks = try words(rows)
        batch.eventStart = try starts(rows, total: events)
        batch.linkStart = try starts(rows, total: links)
    }

    private mutating func indices(_ rows: Int, of count: Int) throws(StoreError) -> [UInt32] {
        guard rows == 0 || count > 0 else { throw damaged("rows without a resource or a scope") }
        return try column(rows, limit: UInt64(max(0, count - 1))) { UInt32(truncatingIfNeeded: $0) }
    }

    private mutating func starts(_ rows: Int, total: Int) throws(StoreError) -> [UInt32] {
        var starts: [UInt32] = [0]
        starts.reserveCapacity(rows + 1)
        var sum: UInt64 = 0
        for count in try column(rows, limit: UInt64(total), { $0 }) {
            sum += count
            guard sum <= UInt64(total) else { throw damaged("rows with more events or links than the batch has") }
            starts.append(UInt32(sum))
        }
        guard Int(sum) == total else { throw damaged("events or links that belong to no row") }
        return starts
    }

    private mutating func readEvents(_ count: Int, into batch: inout SpanBatch) throws(StoreError) {
        let times = try column(count) { $0 }
        let names = try refs(count, batch)
        let attributes = try lists(count, batch)
        let dropped = try words(count)
        batch.events = (0..<count).map {
            EventRecord(
                timeNanoseconds: times[$0], name: names[$0], attributes: attributes[$0],
                droppedAttributes: dropped[$0])
        }
    }

    private mutating func readLinks(_ count: Int, into batch: inout SpanBatch) throws(StoreError) {
        let highs = try column(count) { $0 }
        let lows = try column(count) { $0 }
        let spans = try column(count) { SpanID($0) }
        let states = try refs(count, batch)
        let attributes = try lists(count, batch)
        let dropped = try words(count)
        let flags = try words(count)
        batch.links = (0..<count).map {
            LinkRecord(
                traceID: TraceID(high: highs[$0], low: lows[$0]), spanID: spans[$0], traceState: states[$0],
                attributes: attributes[$0], droppedAttributes: dropped[$0], flags: flags[$0])
        }
    }

    /// Payloads that are references must refer to a string of the batch.
    private func checkPayloads(of batch: borrowing SpanBatch) throws(StoreError) {
        let strings = UInt64(batch.strings.count)
        // A list may be shared and may not be the whole of `values`; each is looked at where it is used.
        func check(_ list: AttributeList) -> Bool {
            let range = batch.shapes.range(list.shape)
            for index in range where batch.shapes.fields[index].type.isReference {
                if batch.values[Int(list.start) + index - range.lowerBound] >= strings { return false }
            }
            return true
        }
        var sound = true
        for list in batch.attributes { sound = sound && check(list) }
        for event in batch.events { sound = sound && check(event.attributes) }
        for link in batch.links { sound = sound && check(link.attributes) }
        for resource in batch.resources { sound = sound && check(resource.attributes) }
        for scope in batch.scopes { sound = sound && check(scope.attributes) }
        guard sound else { throw damaged("an attribute that refers to no string") }
    }
}

import Telemetry

extension BatchDecoder {
    mutating func readSparse(_ cursor: inout ByteCursor, _ count: Int, into batch: inout SpanBatch) throws(WireError) {
        let present = try cursor.varint("sparse columns")
        guard present <= SparseColumn.all else { throw cursor.failure("sparse columns", "bits of columns 0 to 6") }
        batch.statusMessage = [StringRef](repeating: .empty, count: count)
        batch.traceState = [StringRef](repeating: .empty, count: count)
        batch.droppedAttributes = [UInt32](repeating: 0, count: count)
        batch.droppedEvents = [UInt32](repeating: 0, count: count)
        batch.droppedLinks = [UInt32](repeating: 0, count: count)
        batch.eventStart = [UInt32](repeating: 0, count: count + 1)
        batch.linkStart = [UInt32](repeating: 0, count: count + 1)
        if present & SparseColumn.statusMessage != 0 {
            try readPairs(&cursor, count) { (self, cursor, row, value) throws(WireError) in
                batch.statusMessage[row] = try self.reference(value, &batch, cursor, "status message")
            }
        }
        if present & SparseColumn.traceState != 0 {
            try readPairs(&cursor, count) { (self, cursor, row, value) throws(WireError) in
                batch.traceState[row] = try self.reference(value, &batch, cursor, "trace state")
            }
        }
        if present & SparseColumn.droppedAttributes != 0 {
            try readCounts(&cursor, count, into: &batch.droppedAttributes)
        }
        if present & SparseColumn.droppedEvents != 0 { try readCounts(&cursor, count, into: &batch.droppedEvents) }
        if present & SparseColumn.droppedLinks != 0 { try readCounts(&cursor, count, into: &batch.droppedLinks) }
        if present & SparseColumn.events != 0 {
            try readStarts(&cursor, count, limit: limits.maximumEventsPerBatch, into: &batch.eventStart)
            try readEvents(&cursor, count, into: &batch)
        }
        if present & SparseColumn.links != 0 {
            try readStarts(&cursor, count, limit: limits.maximumLinksPerBatch, into: &batch.linkStart)
            try readLinks(&cursor, into: &batch)
        }
    }

    private mutating func readPairs(
        _ cursor: inout ByteCursor, _ count: Int,
        _ body: (inout BatchDecoder, ByteCursor, Int, UInt64) throws(WireError) -> Void
    ) throws(WireError) {
        let pairs = try cursor.count("sparse column length", limit: count)
        var row = -1
        for _ in 0..<pairs {
            guard row < count - 1 else {
                throw cursor.failure("sparse column row", "no pair after the last row")
            }
            row += 1 + (try cursor.count("sparse column row", limit: count - row - 2))
            let value = try cursor.varint("sparse column value")
            try body(&self, cursor, row, value)
        }
    }

    private mutating func readCounts(
        _ cursor: inout ByteCursor, _ count: Int, into column: inout [UInt32]
    ) throws(WireError) {
        try readPairs(&cursor, count) { (_, cursor, row, value) throws(WireError) in
            guard let narrow = UInt32(exactly: value) else {
                throw cursor.failure("dropped count", "a number of 32 bits")
            }
            column[row] = narrow
        }
    }

    private mutating func readStarts(
        _ cursor: inout ByteCursor, _ count: Int, limit: Int, into starts: inout [UInt32]
    ) throws(WireError) {
        var total: UInt64 = 0
        try readPairs(&cursor, count) { (_, cursor, row, value) throws(WireError) in
            guard value <= UInt64(limit) - total else {
                throw cursor.failure("event or link count", "at most \(limit) a batch", code: .limitExceeded)
            }
            total += value
            starts[row + 1] = UInt32(value)
        }
        for row in 0..<count { starts[row + 1] += starts[row] }
    }

    private mutating func readEvents(
        _ cursor: inout ByteCursor, _ count: Int, into batch: inout SpanBatch
    ) throws(WireError) {
        for row in 0..<count {
            for _ in batch.eventStart[row]..<batch.eventStart[row + 1] {
                let time = batch.startNanoseconds[row] &+ UInt64(bitPattern: try cursor.zigzag("event time"))
                let name = try reference(try cursor.varint("event name"), &batch, cursor, "event name")
                let dropped = try cursor.uint32("event dropped attributes")
                let attributes = try readAttributes(&cursor, into: &batch)
                batch.events.append(
                    EventRecord(timeNanoseconds: time, name: name, attributes: attributes, droppedAttributes: dropped))
            }
        }
    }

    private mutating func readLinks(_ cursor: inout ByteCursor, into batch: inout SpanBatch) throws(WireError) {
        for _ in 0..<(batch.linkStart.last ?? 0) {
            let high = UInt64(bigEndian: try cursor.littleEndian(UInt64.self, "link trace id").littleEndian)
            let low = UInt64(bigEndian: try cursor.littleEndian(UInt64.self, "link trace id").littleEndian)
            let span = UInt64(bigEndian: try cursor.littleEndian(UInt64.self, "link span id").littleEndian)
            let state = try reference(try cursor.varint("link trace state"), &batch, cursor, "link trace state")
            let flags = try cursor.uint32("link flags")
            let dropped = try cursor.uint32("link dropped attributes")
            let attributes = try readAttributes(&cursor, into: &batch)
            batch.links.append(
                LinkRecord(
                    traceID: TraceID(high: high, low: low), spanID: SpanID(span), traceState: state,
                    attributes: attributes, droppedAttributes: dropped, flags: flags))
        }
    }

    /// The attribute list of one event or link.
    private mutating func readAttributes(
        _ cursor: inout ByteCursor, into batch: inout SpanBatch
    ) throws(WireError) -> AttributeList {
        let number = try cursor.varint("attribute layout")
        guard number < UInt64(layoutCount) else {
            throw cursor.failure(
                "attribute layout", "one of \(layoutCount) attribute layouts, not number \(number)",
                code: .danglingReference)
        }
        let fields = layoutStart[Int(number)]..<layoutStart[Int(number) + 1]
        if fields.isEmpty { return .empty }
        guard rowValues + extraValues.count + fields.count <= limits.maximumValuesPerBatch else {
            throw cursor.failure(
                "attribute layout", "at most \(limits.maximumValuesPerBatch) attribute values a batch",
                code: .limitExceeded)
        }
        let start = UInt32(rowValues + extraValues.count)
        for index in fields {
            let type = layoutFields[index].type
            let wire = try BatchDecoder.value(&cursor, type)
            let value = try payload(wire, type, &batch, cursor)
            extraValues.append(value)
        }
        return AttributeList(shape: try batchShape(UInt32(number), &batch, cursor), start: start)
    }
}

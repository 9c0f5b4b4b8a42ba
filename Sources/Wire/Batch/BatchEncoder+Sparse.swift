import Telemetry

extension BatchEncoder {
    /// The columns that most batches do not have: which there are, as bits, then each as pairs of a row's distance from
    /// the pair before and a value.
    mutating func encodeSparse(_ batch: borrowing SpanBatch) {
        let count = batch.count
        var present: UInt64 = 0
        for row in 0..<count {
            if batch.statusMessage[row] != .empty { present |= SparseColumn.statusMessage }
            if batch.traceState[row] != .empty { present |= SparseColumn.traceState }
            if batch.droppedAttributes[row] != 0 { present |= SparseColumn.droppedAttributes }
            if batch.droppedEvents[row] != 0 { present |= SparseColumn.droppedEvents }
            if batch.droppedLinks[row] != 0 { present |= SparseColumn.droppedLinks }
        }
        if !batch.events.isEmpty { present |= SparseColumn.events }
        if !batch.links.isEmpty { present |= SparseColumn.links }
        rows.varint(present)
        if present == 0 { return }
        if present & SparseColumn.statusMessage != 0 { encodeStrings(batch.statusMessage, batch) }
        if present & SparseColumn.traceState != 0 { encodeStrings(batch.traceState, batch) }
        if present & SparseColumn.droppedAttributes != 0 { encodeCounts(batch.droppedAttributes) }
        if present & SparseColumn.droppedEvents != 0 { encodeCounts(batch.droppedEvents) }
        if present & SparseColumn.droppedLinks != 0 { encodeCounts(batch.droppedLinks) }
        if present & SparseColumn.events != 0 {
            encodeCounts((0..<count).map { batch.eventStart[$0 + 1] - batch.eventStart[$0] })
            encodeEvents(batch)
        }
        if present & SparseColumn.links != 0 {
            encodeCounts((0..<count).map { batch.linkStart[$0 + 1] - batch.linkStart[$0] })
            encodeLinks(batch)
        }
    }

    private mutating func encodeStrings(_ values: [StringRef], _ batch: borrowing SpanBatch) {
        rows.varint(values.count { $0 != .empty })
        var previous = -1
        for (row, value) in values.enumerated() where value != .empty {
            rows.varint(row - previous - 1)
            rows.varint(wire(value, batch))
            previous = row
        }
    }

    private mutating func encodeCounts(_ values: [UInt32]) {
        rows.varint(values.count { $0 != 0 })
        var previous = -1
        for (row, value) in values.enumerated() where value != 0 {
            rows.varint(row - previous - 1)
            rows.varint(UInt64(value))
            previous = row
        }
    }

    /// Times are against the span's start.
    private mutating func encodeEvents(_ batch: borrowing SpanBatch) {
        for row in 0..<batch.count {
            for index in Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1]) {
                let event = batch.events[index]
                rows.zigzag(Int64(bitPattern: event.timeNanoseconds &- batch.startNanoseconds[row]))
                rows.varint(wire(event.name, batch))
                rows.varint(UInt64(event.droppedAttributes))
                encodeAttributes(event.attributes, batch)
            }
        }
    }

    private mutating func encodeLinks(_ batch: borrowing SpanBatch) {
        for link in batch.links {
            rows.littleEndian(link.traceID.high.bigEndian)
            rows.littleEndian(link.traceID.low.bigEndian)
            rows.littleEndian(link.spanID.rawValue.bigEndian)
            rows.varint(wire(link.traceState, batch))
            rows.varint(UInt64(link.flags))
            rows.varint(UInt64(link.droppedAttributes))
            encodeAttributes(link.attributes, batch)
        }
    }

    private mutating func encodeAttributes(_ list: AttributeList, _ batch: borrowing SpanBatch) {
        let number = layout(list.shape, batch)
        rows.varint(UInt64(number))
        let range = batch.shapes.range(list.shape)
        for index in range {
            let type = batch.shapes.fields[index].type
            let payload = batch.values[Int(list.start) + index - range.lowerBound]
            if type.isReference {
                rows.varint(wire(StringRef(UInt32(truncatingIfNeeded: payload)), batch))
            } else {
                BatchEncoder.writeValue(payload, type.rawValue, into: &rows)
            }
        }
    }
}

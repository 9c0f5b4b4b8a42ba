import Telemetry

extension TraceRequestDecoder {
    /// One `Span`: a row still without resource and scope, or a rejection that is counted.
    mutating func span(into batch: inout SpanBatch) throws(DecodeFault) {
        let spanStart = reader.position
        let valuesMark = batch.values.count
        let eventsMark = batch.events.count
        let linksMark = batch.links.count
        var row = SpanRow()
        recent.forget()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                let body = try reader.body()
                row.traceID = reader.traceID(body)
                if !row.traceID.isValid { reject(.traceID, at: body.lowerBound) }
            case 2 << 3 | 2:
                let body = try reader.body()
                row.spanID = reader.spanID(body)
                if !row.spanID.isValid { reject(.spanID, at: body.lowerBound) }
            case 3 << 3 | 2: row.traceState = text(try reader.body(), into: &batch)
            case 4 << 3 | 2:
                let body = try reader.body()
                if body.count != 8, !body.isEmpty { reject(.parentSpanID, at: body.lowerBound) }
                row.parentSpanID = reader.spanID(body)
            case 5 << 3 | 2:
                row.name = text(try reader.body(), into: &batch)
                // A second name, or one after the attributes: nothing to guess from.
                if scratch.count == 0 { recent.begin(row.name) } else { recent.forget() }
            case 6 << 3: row.kind = Int32(truncatingIfNeeded: try reader.varint())
            case 7 << 3 | 1: row.startNanoseconds = try reader.fixed64()
            case 8 << 3 | 1: row.endNanoseconds = try reader.fixed64()
            case 9 << 3 | 2: try spanAttribute(into: &batch)
            case 10 << 3: row.droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
            case 11 << 3 | 2:
                let outer = reader.enter(try reader.body())
                if batch.events.count - eventsMark >= limits.maximumEventsPerSpan {
                    reject(.tooManyEvents, at: reader.position)
                }
                try event(into: &batch)
                reader.leave(outer)
            case 12 << 3: row.droppedEvents = UInt32(truncatingIfNeeded: try reader.varint())
            case 13 << 3 | 2:
                let outer = reader.enter(try reader.body())
                if batch.links.count - linksMark >= limits.maximumLinksPerSpan {
                    reject(.tooManyLinks, at: reader.position)
                }
                try link(into: &batch)
                reader.leave(outer)
            case 14 << 3: row.droppedLinks = UInt32(truncatingIfNeeded: try reader.varint())
            case 15 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try status(&row, into: &batch)
                reader.leave(outer)
            case 16 << 3 | 5: row.flags = try reader.fixed32()
            default: try reader.skip(tag, known: 0x1FFFE)
            }
        }
        if !row.traceID.isValid { reject(.missingTraceID, at: spanStart) }
        if !row.spanID.isValid { reject(.missingSpanID, at: spanStart) }
        if let rejection {
            rejected += 1
            if firstRejection == nil { firstRejection = rejection }
            self.rejection = nil
            scratch.count = 0
            batch.values.removeLast(batch.values.count - valuesMark)
            batch.events.removeLast(batch.events.count - eventsMark)
            batch.links.removeLast(batch.links.count - linksMark)
            return
        }
        row.attributes = scratch.flushSpan(&recent, into: &batch)
        batch.append(row: row)
    }

    private mutating func status(
        _ row: inout SpanRow, into batch: inout SpanBatch
    ) throws(DecodeFault) {
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 2 << 3 | 2: row.statusMessage = text(try reader.body(), into: &batch)
            case 3 << 3: row.statusCode = Int32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(tag, known: 0b1100)
            }
        }
    }

    private mutating func event(into batch: inout SpanBatch) throws(DecodeFault) {
        let base = scratch.count
        var record = EventRecord(timeNanoseconds: 0, name: .empty, attributes: .empty, droppedAttributes: 0)
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 1: record.timeNanoseconds = try reader.fixed64()
            case 2 << 3 | 2: record.name = text(try reader.body(), into: &batch)
            case 3 << 3 | 2: try attribute(from: base, into: &batch)
            case 4 << 3: record.droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(tag, known: 0b11110)
            }
        }
        if rejection != nil { return }
        record.attributes = scratch.flush(from: base, into: &batch)
        batch.events.append(record)
    }

    private mutating func link(into batch: inout SpanBatch) throws(DecodeFault) {
        let base = scratch.count
        var record = LinkRecord(
            traceID: TraceID(high: 0, low: 0), spanID: .none, traceState: .empty, attributes: .empty,
            droppedAttributes: 0, flags: 0)
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                let body = try reader.body()
                if body.count != 16, !body.isEmpty { reject(.linkID, at: body.lowerBound) }
                record.traceID = reader.traceID(body)
            case 2 << 3 | 2:
                let body = try reader.body()
                if body.count != 8, !body.isEmpty { reject(.linkID, at: body.lowerBound) }
                record.spanID = reader.spanID(body)
            case 3 << 3 | 2: record.traceState = text(try reader.body(), into: &batch)
            case 4 << 3 | 2: try attribute(from: base, into: &batch)
            case 5 << 3: record.droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
            case 6 << 3 | 5: record.flags = try reader.fixed32()
            default: try reader.skip(tag, known: 0b1111110)
            }
        }
        if rejection != nil { return }
        record.attributes = scratch.flush(from: base, into: &batch)
        batch.links.append(record)
    }
}

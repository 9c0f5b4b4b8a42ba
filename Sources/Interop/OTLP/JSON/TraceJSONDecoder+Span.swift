import Telemetry

extension TraceJSONDecoder {
    /// One `Span`: a row still without resource and scope, or a rejection that is counted.
    mutating func span(into batch: inout SpanBatch) throws(DecodeFault) {
        let spanStart = reader.position
        let valuesMark = batch.values.count
        let eventsMark = batch.events.count
        let linksMark = batch.links.count
        var row = SpanRow()
        recent.forget()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .traceId: row.traceID = try traceID(.traceIDDigits, mayBeNone: false)
            case .spanId: row.spanID = try spanID(.spanIDDigits, mayBeNone: false)
            case .traceState: row.traceState = try text(into: &batch)
            case .parentSpanId: row.parentSpanID = try spanID(.parentSpanIDDigits, mayBeNone: true)
            case .flags: row.flags = try reader.unsigned32()
            case .name:
                row.name = try text(into: &batch)
                // After the attributes there is nothing to guess from.
                if scratch.count == 0 { recent.begin(row.name) }
            case .kind: row.kind = try kind()
            case .startTimeUnixNano: row.startNanoseconds = try reader.unsigned()
            case .endTimeUnixNano: row.endNanoseconds = try reader.unsigned()
            case .attributes: try spanAttributes(into: &batch)
            case .droppedAttributesCount: row.droppedAttributes = try reader.unsigned32()
            case .events: try events(since: eventsMark, into: &batch)
            case .droppedEventsCount: row.droppedEvents = try reader.unsigned32()
            case .links: try links(since: linksMark, into: &batch)
            case .droppedLinksCount: row.droppedLinks = try reader.unsigned32()
            case .status: try status(&row, into: &batch)
            default: try reader.skip()
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

    private mutating func status(_ row: inout SpanRow, into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .message: row.statusMessage = try text(into: &batch)
            case .code: row.statusCode = try statusCode()
            default: try reader.skip()
            }
        }
    }

    private mutating func events(since mark: Int, into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            if batch.events.count - mark >= limits.maximumEventsPerSpan { reject(.tooManyEvents, at: reader.position) }
            try event(into: &batch)
        }
    }

    private mutating func event(into batch: inout SpanBatch) throws(DecodeFault) {
        let base = scratch.count
        var record = EventRecord(timeNanoseconds: 0, name: .empty, attributes: .empty, droppedAttributes: 0)
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .timeUnixNano: record.timeNanoseconds = try reader.unsigned()
            case .name: record.name = try text(into: &batch)
            case .attributes: try attributes(from: base, into: &batch)
            case .droppedAttributesCount: record.droppedAttributes = try reader.unsigned32()
            default: try reader.skip()
            }
        }
        if rejection != nil { return }
        record.attributes = scratch.flush(from: base, into: &batch)
        batch.events.append(record)
    }

    private mutating func links(since mark: Int, into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            if batch.links.count - mark >= limits.maximumLinksPerSpan { reject(.tooManyLinks, at: reader.position) }
            try link(into: &batch)
        }
    }

    private mutating func link(into batch: inout SpanBatch) throws(DecodeFault) {
        let base = scratch.count
        var record = LinkRecord(
            traceID: TraceID(high: 0, low: 0), spanID: .none, traceState: .empty, attributes: .empty,
            droppedAttributes: 0, flags: 0)
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .traceId: record.traceID = try traceID(.linkIDDigits, mayBeNone: true)
            case .spanId: record.spanID = try spanID(.linkIDDigits, mayBeNone: true)
            case .traceState: record.traceState = try text(into: &batch)
            case .attributes: try attributes(from: base, into: &batch)
            case .droppedAttributesCount: record.droppedAttributes = try reader.unsigned32()
            case .flags: record.flags = try reader.unsigned32()
            default: try reader.skip()
            }
        }
        if rejection != nil { return }
        record.attributes = scratch.flush(from: base, into: &batch)
        batch.links.append(record)
    }
}

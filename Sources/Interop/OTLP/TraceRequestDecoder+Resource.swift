import Telemetry

extension TraceRequestDecoder {
    /// `ResourceSpans`, in one pass: the resource may stand after the spans it belongs to, and its schema URL does, so
    /// rows learn their resource when the message ends.
    mutating func resourceSpans(into batch: inout SpanBatch) throws(DecodeFault) {
        let firstRow = batch.count
        var bodies: [Range<Int>] = []
        var schema = reader.position..<reader.position
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: bodies.append(try reader.body())
            case 2 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try scopeSpans(into: &batch)
                reader.leave(outer)
            case 3 << 3 | 2: schema = try reader.body()
            default: try reader.skip(tag, known: 0b1110)
            }
        }
        let end = reader.position
        let resource = try internResource(bodies: bodies, schema: schema, into: &batch)
        reader.position = end
        for row in firstRow..<batch.count { batch.resource[row] = resource }
    }

    /// `ScopeSpans`; rows learn their scope when the message ends.
    private mutating func scopeSpans(into batch: inout SpanBatch) throws(DecodeFault) {
        let firstRow = batch.count
        var bodies: [Range<Int>] = []
        var schema = reader.position..<reader.position
        while !reader.atEnd {
            let tagStart = reader.position
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: bodies.append(try reader.body())
            case 2 << 3 | 2:
                spansSeen += 1
                if spansSeen > limits.maximumSpans {
                    reader.position = tagStart
                    throw .tooManySpans
                }
                let outer = reader.enter(try reader.body())
                try span(into: &batch)
                reader.leave(outer)
            case 3 << 3 | 2: schema = try reader.body()
            default: try reader.skip(tag, known: 0b1110)
            }
        }
        let end = reader.position
        let scope = try internScope(bodies: bodies, schema: schema, into: &batch)
        reader.position = end
        for row in firstRow..<batch.count { batch.scope[row] = scope }
    }

    private mutating func internResource(
        bodies: [Range<Int>], schema: Range<Int>, into batch: inout SpanBatch
    ) throws(DecodeFault) -> UInt32 {
        let single = bodies.count <= 1 ? bodies.first ?? schema.lowerBound..<schema.lowerBound : nil
        if let single, let known = resources.find(in: reader.base, single, schema) { return known }
        var record = ResourceRecord()
        var entities: [UInt8] = []
        for body in bodies {
            let outer = reader.enter(body)
            while !reader.atEnd {
                let tagStart = reader.position
                let tag = try reader.tag()
                switch tag {
                case 1 << 3 | 2: try attribute(from: 0, into: &batch)
                case 2 << 3: record.droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
                case 3 << 3 | 2:
                    let entity = try reader.body()
                    try EntityReference.check(&reader, entity)
                    entities.append(contentsOf: reader.bytes(tagStart..<entity.upperBound))
                default: try reader.skip(tag, known: 0b1110)
                }
            }
            reader.leave(outer)
        }
        if entities.count > limits.maximumValueBytes {
            reject(.valueTooLong, at: bodies.first?.lowerBound ?? schema.lowerBound)
        }
        record.schemaURL = text(schema, into: &batch)
        record.attributes = scratch.flush(from: 0, into: &batch)
        if rejection != nil { throw .unusableResource }
        record.entityReferences = batch.strings.intern(entities)
        let index = UInt32(truncatingIfNeeded: batch.resources.count)
        batch.resources.append(record)
        if let single { resources.insert(in: reader.base, single, schema, index: index) }
        return index
    }

    private mutating func internScope(
        bodies: [Range<Int>], schema: Range<Int>, into batch: inout SpanBatch
    ) throws(DecodeFault) -> UInt32 {
        let single = bodies.count <= 1 ? bodies.first ?? schema.lowerBound..<schema.lowerBound : nil
        if let single, let known = scopes.find(in: reader.base, single, schema) { return known }
        var record = ScopeRecord()
        for body in bodies {
            let outer = reader.enter(body)
            while !reader.atEnd {
                let tag = try reader.tag()
                switch tag {
                case 1 << 3 | 2: record.name = text(try reader.body(), into: &batch)
                case 2 << 3 | 2: record.version = text(try reader.body(), into: &batch)
                case 3 << 3 | 2: try attribute(from: 0, into: &batch)
                case 4 << 3: record.droppedAttributes = UInt32(truncatingIfNeeded: try reader.varint())
                default: try reader.skip(tag, known: 0b11110)
                }
            }
            reader.leave(outer)
        }
        record.schemaURL = text(schema, into: &batch)
        record.attributes = scratch.flush(from: 0, into: &batch)
        if rejection != nil { throw .unusableResource }
        let index = UInt32(truncatingIfNeeded: batch.scopes.count)
        batch.scopes.append(record)
        if let single { scopes.insert(in: reader.base, single, schema, index: index) }
        return index
    }
}

import Telemetry

extension TraceJSONDecoder {
    /// `ResourceSpans`, in one pass: the resource may stand after the spans it belongs to, so rows learn their resource
    /// when the object ends.
    mutating func resourceSpans(into batch: inout SpanBatch) throws(DecodeFault) {
        let firstRow = batch.count
        var resource = reader.position..<reader.position
        var schema = resource
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .resource: resource = try reader.skipRange()
            case .schemaUrl: schema = try reader.skipRange()
            case .scopeSpans:
                try reader.enterArray()
                var isFirst = true
                while try reader.nextElement(&isFirst) { try scopeSpans(into: &batch) }
            default: try reader.skip()
            }
        }
        let end = reader.position
        let index = try internResource(resource, schema: schema, into: &batch)
        reader.position = end
        for row in firstRow..<batch.count { batch.resource[row] = index }
    }

    /// `ScopeSpans`; rows learn their scope when the object ends.
    private mutating func scopeSpans(into batch: inout SpanBatch) throws(DecodeFault) {
        let firstRow = batch.count
        var scope = reader.position..<reader.position
        var schema = scope
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .scope: scope = try reader.skipRange()
            case .schemaUrl: schema = try reader.skipRange()
            case .spans:
                try reader.enterArray()
                var isFirst = true
                while try reader.nextElement(&isFirst) {
                    spansSeen += 1
                    if spansSeen > limits.maximumSpans { throw .tooManySpans }
                    try span(into: &batch)
                }
            default: try reader.skip()
            }
        }
        let end = reader.position
        let index = try internScope(scope, schema: schema, into: &batch)
        reader.position = end
        for row in firstRow..<batch.count { batch.scope[row] = index }
    }

    private mutating func internResource(
        _ range: Range<Int>, schema: Range<Int>, into batch: inout SpanBatch
    ) throws(DecodeFault) -> UInt32 {
        if let known = resources.find(in: reader.base, range, schema) { return known }
        var record = ResourceRecord()
        var entities: [UInt8] = []
        if !range.isEmpty {
            reader.position = range.lowerBound
            try reader.enterObject()
            var members = Members()
            while let name = try next(&members) {
                switch name {
                case .attributes: try attributes(from: 0, into: &batch)
                case .droppedAttributesCount: record.droppedAttributes = try reader.unsigned32()
                case .entityRefs: entities = try entityReferences()
                default: try reader.skip()
                }
            }
        }
        if entities.count > limits.maximumValueBytes { reject(.valueTooLong, at: range.lowerBound) }
        record.schemaURL = try text(at: schema, into: &batch)
        record.attributes = scratch.flush(from: 0, into: &batch)
        if rejection != nil { throw .unusableResource }
        record.entityReferences = batch.strings.intern(entities)
        let index = UInt32(truncatingIfNeeded: batch.resources.count)
        batch.resources.append(record)
        resources.insert(in: reader.base, range, schema, index: index)
        return index
    }

    private mutating func internScope(
        _ range: Range<Int>, schema: Range<Int>, into batch: inout SpanBatch
    ) throws(DecodeFault) -> UInt32 {
        if let known = scopes.find(in: reader.base, range, schema) { return known }
        var record = ScopeRecord()
        if !range.isEmpty {
            reader.position = range.lowerBound
            try reader.enterObject()
            var members = Members()
            while let name = try next(&members) {
                switch name {
                case .name: record.name = try text(into: &batch)
                case .version: record.version = try text(into: &batch)
                case .attributes: try attributes(from: 0, into: &batch)
                case .droppedAttributesCount: record.droppedAttributes = try reader.unsigned32()
                default: try reader.skip()
                }
            }
        }
        record.schemaURL = try text(at: schema, into: &batch)
        record.attributes = scratch.flush(from: 0, into: &batch)
        if rejection != nil { throw .unusableResource }
        let index = UInt32(truncatingIfNeeded: batch.scopes.count)
        batch.scopes.append(record)
        scopes.insert(in: reader.base, range, schema, index: index)
        return index
    }

    /// A string that was passed over; none where the range is empty.
    private mutating func text(at range: Range<Int>, into batch: inout SpanBatch) throws(DecodeFault) -> StringRef {
        if range.isEmpty { return .empty }
        reader.position = range.lowerBound
        return try text(into: &batch)
    }

    /// `entity_refs` as the protobuf fields that a resource keeps.
    private mutating func entityReferences() throws(DecodeFault) -> [UInt8] {
        try EntityReferenceJSON.read(&reader, names)
    }
}

import Telemetry

/// Everything a row says, strings as bytes, so that equal means equal byte for byte.
func content(_ batch: SpanBatch, _ row: Int) -> [UInt64] {
    var out: [UInt64] = []
    func put(_ ref: StringRef) {
        let bytes = batch.strings.bytes(ref)
        out.append(UInt64(bytes.count))
        out.append(contentsOf: bytes.map(UInt64.init))
    }
    func put(_ list: AttributeList) {
        let range = batch.shapes.range(list.shape)
        out.append(UInt64(range.count))
        for index in range {
            let field = batch.shapes.fields[index]
            put(field.key)
            out.append(UInt64(field.type.rawValue))
            let payload = batch.values[Int(list.start) + index - range.lowerBound]
            if field.type.isReference { put(StringRef(UInt32(payload))) } else { out.append(payload) }
        }
    }
    out += [batch.traceID[row].high, batch.traceID[row].low, batch.spanID[row].rawValue]
    out += [batch.parentSpanID[row].rawValue, batch.startNanoseconds[row], batch.endNanoseconds[row]]
    put(batch.name[row])
    out += [UInt64(UInt32(bitPattern: batch.kind[row])), UInt64(UInt32(bitPattern: batch.statusCode[row]))]
    put(batch.statusMessage[row])
    put(batch.traceState[row])
    out.append(UInt64(batch.flags[row]))
    let resource = batch.resources[Int(batch.resource[row])]
    put(resource.attributes)
    out.append(UInt64(resource.droppedAttributes))
    put(resource.schemaURL)
    put(resource.entityReferences)
    let scope = batch.scopes[Int(batch.scope[row])]
    put(scope.name)
    put(scope.version)
    put(scope.attributes)
    out.append(UInt64(scope.droppedAttributes))
    put(scope.schemaURL)
    put(batch.attributes[row])
    out += [batch.droppedAttributes[row], batch.droppedEvents[row], batch.droppedLinks[row]].map(UInt64.init)
    for event in batch.events[Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1])] {
        out += [event.timeNanoseconds, UInt64(event.droppedAttributes)]
        put(event.name)
        put(event.attributes)
    }
    for link in batch.links[Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])] {
        out += [link.traceID.high, link.traceID.low, link.spanID.rawValue]
        out += [UInt64(link.flags), UInt64(link.droppedAttributes)]
        put(link.traceState)
        put(link.attributes)
    }
    return out
}

/// The first row in which two batches differ; `nil` when they are equal.
func firstDifference(_ left: SpanBatch, _ right: SpanBatch) -> Int? {
    guard left.count == right.count else { return -1 }
    return (0..<left.count).first { content(left, $0) != content(right, $0) }
}

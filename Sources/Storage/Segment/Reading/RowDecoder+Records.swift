import Telemetry

/// Events and links.
extension RowDecoder {
    mutating func appendEvents(
        _ source: ByteSource, start: UInt64, _ data: BlockData
    ) throws(StoreError) {
        var source = source
        for _ in 0..<(try source.count("events", limit: source.remaining)) {
            let time = start &+ UInt64(bitPattern: try source.zigzag())
            let name = try string(try source.word32("name"), data)
            let dropped = try source.word32("dropped attributes")
            batch.events.append(
                EventRecord(
                    timeNanoseconds: time, name: name, attributes: try list(&source, data), droppedAttributes: dropped))
        }
        try source.expectEnd()
    }

    mutating func appendLinks(_ source: ByteSource, _ data: BlockData) throws(StoreError) {
        var source = source
        for _ in 0..<(try source.count("links", limit: source.remaining)) {
            let trace = TraceID(high: try source.fixed64().byteSwapped, low: try source.fixed64().byteSwapped)
            let span = SpanID(try source.fixed64().byteSwapped)
            let state = try string(try source.word32("trace state"), data)
            let flags = try source.word32("flags")
            let dropped = try source.word32("dropped attributes")
            batch.links.append(
                LinkRecord(
                    traceID: trace, spanID: span, traceState: state, attributes: try list(&source, data),
                    droppedAttributes: dropped, flags: flags))
        }
        try source.expectEnd()
    }

    mutating func list(_ source: inout ByteSource, _ data: BlockData) throws(StoreError) -> AttributeList {
        let number = try source.word32("layout")
        let shape = try layout(number, data)
        if shape == 0 { return .empty }
        let start = UInt32(batch.values.count)
        for field in dictionaries.layouts[Int(number)] {
            let payload: UInt64
            switch field.type {
            case .string, .bytes, .array, .map:
                payload = UInt64(try string(try source.word32("string"), data).rawValue)
            case .int: payload = UInt64(bitPattern: try source.zigzag())
            case .bool: payload = try source.byte() == 0 ? 0 : 1
            case .double: payload = try source.fixed64()
            case .empty: payload = 0
            }
            batch.values.append(payload)
        }
        return AttributeList(shape: shape, start: start)
    }
}

/// One attribute of a span, a resource, a scope, an event or a link.
struct PlainAttribute: Hashable {
    var key: [UInt8]
    var value: PlainValue

    static func write(_ list: [PlainAttribute], _ output: inout PlainOutput) {
        output.varint(UInt64(list.count))
        for attribute in list {
            output.string(attribute.key)
            output.bytes.append(attribute.value.type)
            attribute.value.write(&output)
        }
    }

    /// A list in its canonical form.
    static func read(_ source: inout PlainBytes) throws -> [PlainAttribute] {
        var list: [PlainAttribute] = []
        for _ in 0..<(try source.count()) {
            let key = try source.string()
            let type = try source.u8()
            list.append(PlainAttribute(key: key, value: try PlainValue(type: type, &source) { try $0.string() }))
        }
        return list
    }
}

struct PlainResource: Hashable {
    var attributes: [PlainAttribute]
    var dropped: UInt32
    var schemaURL: [UInt8]
    var entityReferences: [UInt8]
}

struct PlainScope: Hashable {
    var name: [UInt8]
    var version: [UInt8]
    var attributes: [PlainAttribute]
    var dropped: UInt32
    var schemaURL: [UInt8]
}

struct PlainEvent: Hashable {
    var time: UInt64
    var name: [UInt8]
    var attributes: [PlainAttribute]
    var dropped: UInt32
}

struct PlainLink: Hashable {
    var traceID: [UInt8]
    var spanID: UInt64
    var traceState: [UInt8]
    var attributes: [PlainAttribute]
    var dropped: UInt32
    var flags: UInt32
}

/// One span with everything it has, texts as bytes.
struct PlainSpan: Hashable {
    var traceID: [UInt8]
    var spanID: UInt64
    var parentID: UInt64
    var start: UInt64
    var end: UInt64
    var name: [UInt8]
    var kind: Int32
    var statusCode: Int32
    var statusMessage: [UInt8]
    var traceState: [UInt8]
    var flags: UInt32
    var attributes: [PlainAttribute]
    var droppedAttributes: UInt32
    var events: [PlainEvent]
    var droppedEvents: UInt32
    var links: [PlainLink]
    var droppedLinks: UInt32
    var resource: PlainResource
    var scope: PlainScope
}

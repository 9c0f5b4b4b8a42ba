import Telemetry

/// Every field of a span as bytes, so that spans that differ in anything differ here: `String` compares by what
/// characters mean, and this by how they were written.
struct ExactBytes {
    private var bytes: [UInt8] = []

    static func of(_ span: Span) -> [UInt8] {
        var writer = ExactBytes()
        writer.put(span.traceID.high)
        writer.put(span.traceID.low)
        writer.put(span.spanID.rawValue)
        writer.put(span.parentSpanID.rawValue)
        writer.put(span.traceState)
        writer.put(UInt64(span.flags))
        writer.put(span.name)
        writer.put(UInt64(bitPattern: Int64(span.kind.rawValue)))
        writer.put(span.startNanoseconds)
        writer.put(span.endNanoseconds)
        writer.put(span.attributes)
        for count in [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount] {
            writer.put(UInt64(count))
        }
        writer.put(UInt64(span.events.count))
        for event in span.events {
            writer.put(event.timeNanoseconds)
            writer.put(event.name)
            writer.put(event.attributes)
            writer.put(UInt64(event.droppedAttributesCount))
        }
        writer.put(UInt64(span.links.count))
        for link in span.links {
            for word in [link.traceID.high, link.traceID.low, link.spanID.rawValue] { writer.put(word) }
            writer.put(link.traceState)
            writer.put(link.attributes)
            writer.put(UInt64(link.droppedAttributesCount))
            writer.put(UInt64(link.flags))
        }
        writer.put(UInt64(bitPattern: Int64(span.status.code)))
        writer.put(span.status.message)
        writer.put(span.resource.attributes)
        writer.put(UInt64(span.resource.droppedAttributesCount))
        writer.put(span.resource.schemaURL)
        writer.put(span.resource.entityReferences)
        writer.put(span.scope.name)
        writer.put(span.scope.version)
        writer.put(span.scope.attributes)
        writer.put(UInt64(span.scope.droppedAttributesCount))
        writer.put(span.scope.schemaURL)
        return writer.bytes
    }

    private mutating func put(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func put(_ value: [UInt8]) {
        put(UInt64(value.count))
        bytes += value
    }

    private mutating func put(_ text: String) {
        put(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    private mutating func put(_ attributes: [Attribute]) {
        put(UInt64(attributes.count))
        for attribute in attributes {
            put(attribute.key)
            put(attribute.value)
        }
    }

    private mutating func put(_ value: AttributeValue) {
        switch value {
        case .empty: bytes.append(0)
        case .string(let text):
            bytes.append(1)
            put(text)
        case .bool(let isTrue): bytes.append(isTrue ? 3 : 2)
        case .int(let number):
            bytes.append(4)
            put(UInt64(bitPattern: number))
        case .double(let number):
            bytes.append(5)
            put(number.bitPattern)
        case .bytes(let raw):
            bytes.append(6)
            put(raw)
        case .array(let values):
            bytes.append(7)
            put(UInt64(values.count))
            for value in values { put(value) }
        case .map(let entries):
            bytes.append(8)
            put(entries)
        }
    }
}

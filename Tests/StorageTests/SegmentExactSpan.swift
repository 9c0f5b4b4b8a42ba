import Storage
import Telemetry

/// One row of a batch with every field as bytes or bits: what must come out as it went in.
struct ExactSpan: Hashable {
    struct Value: Hashable {
        var key: [UInt8]
        var type: ValueType
        var bits: UInt64
        var bytes: [UInt8]
    }

    struct Event: Hashable {
        var time: UInt64
        var name: [UInt8]
        var attributes: [Value]
        var dropped: UInt32
    }

    struct Link: Hashable {
        var trace: TraceID
        var span: SpanID
        var state: [UInt8]
        var attributes: [Value]
        var dropped: UInt32
        var flags: UInt32
    }

    var trace: TraceID
    var span: SpanID
    var parent: SpanID
    var times: [UInt64]
    var texts: [[UInt8]]
    var numbers: [Int64]
    var attributes: [Value]
    var events: [Event]
    var links: [Link]
    var resource: [Value]
    var scope: [Value]

    init(_ batch: SpanBatch, _ row: Int) {
        let resourceRecord = batch.resources[Int(batch.resource[row])]
        let scopeRecord = batch.scopes[Int(batch.scope[row])]
        trace = batch.traceID[row]
        span = batch.spanID[row]
        parent = batch.parentSpanID[row]
        times = [batch.startNanoseconds[row], batch.endNanoseconds[row]]
        texts = [
            batch.name[row], batch.statusMessage[row], batch.traceState[row], resourceRecord.schemaURL,
            resourceRecord.entityReferences, scopeRecord.name, scopeRecord.version, scopeRecord.schemaURL,
        ].map { batch.strings.bytes($0) }
        numbers = [
            Int64(batch.kind[row]), Int64(batch.statusCode[row]), Int64(batch.flags[row]),
            Int64(batch.droppedAttributes[row]), Int64(batch.droppedEvents[row]), Int64(batch.droppedLinks[row]),
            Int64(resourceRecord.droppedAttributes), Int64(scopeRecord.droppedAttributes),
        ]
        attributes = ExactSpan.values(batch, batch.attributes[row])
        resource = ExactSpan.values(batch, resourceRecord.attributes)
        scope = ExactSpan.values(batch, scopeRecord.attributes)
        events = (Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1])).map { index in
            let event = batch.events[index]
            return Event(
                time: event.timeNanoseconds, name: batch.strings.bytes(event.name),
                attributes: ExactSpan.values(batch, event.attributes), dropped: event.droppedAttributes)
        }
        links = (Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])).map { index in
            let link = batch.links[index]
            return Link(
                trace: link.traceID, span: link.spanID, state: batch.strings.bytes(link.traceState),
                attributes: ExactSpan.values(batch, link.attributes), dropped: link.droppedAttributes,
                flags: link.flags)
        }
    }

    private static func values(_ batch: SpanBatch, _ list: AttributeList) -> [Value] {
        batch.shapes.range(list.shape).enumerated().map { offset, index in
            let field = batch.shapes.fields[index]
            let payload = batch.values[Int(list.start) + offset]
            return Value(
                key: batch.strings.bytes(field.key), type: field.type, bits: field.type.isReference ? 0 : payload,
                bytes: field.type.isReference ? batch.strings.bytes(StringRef(UInt32(payload))) : [])
        }
    }

    static func all(_ batch: SpanBatch) -> [ExactSpan] { (0..<batch.count).map { ExactSpan(batch, $0) } }
}

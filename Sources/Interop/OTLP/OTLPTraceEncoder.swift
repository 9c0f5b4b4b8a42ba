import Telemetry

/// Writes spans as OTLP protobuf: `ExportTraceServiceRequest`, `TracesData` and `ResourceSpans` lists are the same bytes
/// (field 1, repeated `ResourceSpans`). Spans are grouped by resource and scope; fields stand in ascending order of
/// number, defaults are left out.
public enum OTLPTraceEncoder {
    public static func encode(_ batch: borrowing SpanBatch) -> [UInt8] {
        var writer = ProtobufWriter(reserving: batch.memoryBytes)
        for group in SpanGroups(batch).resources {
            let start = writer.beginMessage(1)
            resourceSpans(group, in: batch, to: &writer)
            writer.endMessage(start)
        }
        return writer.finish()
    }

    public static func encode(spans: some Sequence<Span>) -> [UInt8] { encode(SpanBatch(spans)) }

    private static func resourceSpans(
        _ group: SpanGroups.Resource, in batch: borrowing SpanBatch, to writer: inout ProtobufWriter
    ) {
        let record = batch.resources[Int(group.resource)]
        let start = writer.beginMessage(1)
        attributes(1, record.attributes, in: batch, to: &writer)
        writer.varintField(2, UInt64(record.droppedAttributes))
        batch.strings.withBytes(record.entityReferences) { writer.raw($0) }
        writer.endMessage(start)
        for scope in group.scopes {
            let start = writer.beginMessage(2)
            scopeSpans(scope, in: batch, to: &writer)
            writer.endMessage(start)
        }
        text(3, record.schemaURL, in: batch, to: &writer)
    }

    private static func scopeSpans(
        _ group: SpanGroups.Scope, in batch: borrowing SpanBatch, to writer: inout ProtobufWriter
    ) {
        let record = batch.scopes[Int(group.scope)]
        let start = writer.beginMessage(1)
        text(1, record.name, in: batch, to: &writer)
        text(2, record.version, in: batch, to: &writer)
        attributes(3, record.attributes, in: batch, to: &writer)
        writer.varintField(4, UInt64(record.droppedAttributes))
        writer.endMessage(start)
        for row in group.rows {
            let start = writer.beginMessage(2)
            span(row, in: batch, to: &writer)
            writer.endMessage(start)
        }
        text(3, record.schemaURL, in: batch, to: &writer)
    }

    private static func span(_ row: Int, in batch: borrowing SpanBatch, to writer: inout ProtobufWriter) {
        writer.idField(1, batch.traceID[row])
        writer.idField(2, batch.spanID[row])
        text(3, batch.traceState[row], in: batch, to: &writer)
        writer.idField(4, batch.parentSpanID[row])
        text(5, batch.name[row], in: batch, to: &writer)
        writer.int32Field(6, batch.kind[row])
        writer.fixed64Field(7, batch.startNanoseconds[row])
        writer.fixed64Field(8, batch.endNanoseconds[row])
        attributes(9, batch.attributes[row], in: batch, to: &writer)
        writer.varintField(10, UInt64(batch.droppedAttributes[row]))
        for index in Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1]) {
            let record = batch.events[index]
            let start = writer.beginMessage(11)
            writer.fixed64Field(1, record.timeNanoseconds)
            text(2, record.name, in: batch, to: &writer)
            attributes(3, record.attributes, in: batch, to: &writer)
            writer.varintField(4, UInt64(record.droppedAttributes))
            writer.endMessage(start)
        }
        writer.varintField(12, UInt64(batch.droppedEvents[row]))
        for index in Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1]) {
            let record = batch.links[index]
            let start = writer.beginMessage(13)
            writer.idField(1, record.traceID)
            writer.idField(2, record.spanID)
            text(3, record.traceState, in: batch, to: &writer)
            attributes(4, record.attributes, in: batch, to: &writer)
            writer.varintField(5, UInt64(record.droppedAttributes))
            writer.fixed32Field(6, record.flags)
            writer.endMessage(start)
        }
        writer.varintField(14, UInt64(batch.droppedLinks[row]))
        if batch.statusCode[row] != 0 || batch.statusMessage[row] != .empty {
            let start = writer.beginMessage(15)
            text(2, batch.statusMessage[row], in: batch, to: &writer)
            writer.int32Field(3, batch.statusCode[row])
            writer.endMessage(start)
        }
        writer.fixed32Field(16, batch.flags[row])
    }

    @inline(__always)
    private static func text(
        _ number: UInt64, _ ref: StringRef, in batch: borrowing SpanBatch, to writer: inout ProtobufWriter
    ) {
        if ref != .empty { batch.strings.withBytes(ref) { writer.bytes(number, $0) } }
    }

    private static func attributes(
        _ number: UInt64, _ list: AttributeList, in batch: borrowing SpanBatch, to writer: inout ProtobufWriter
    ) {
        let range = batch.shapes.range(list.shape)
        for index in range {
            let field = batch.shapes.fields[index]
            let start = writer.beginMessage(number)
            text(1, field.key, in: batch, to: &writer)
            let valueStart = writer.beginMessage(2)
            value(field.type, batch.values[Int(list.start) + index - range.lowerBound], in: batch, to: &writer)
            writer.endMessage(valueStart)
            writer.endMessage(start)
        }
    }

    /// The member of an `AnyValue`, written even when it is zero: presence is the information.
    private static func value(
        _ type: ValueType, _ payload: UInt64, in batch: borrowing SpanBatch, to writer: inout ProtobufWriter
    ) {
        let ref = StringRef(UInt32(truncatingIfNeeded: payload))
        switch type {
        case .empty: break
        case .string: batch.strings.withBytes(ref) { writer.bytes(1, $0) }
        case .bool:
            writer.tag(2, ProtobufReader.WireType.varint)
            writer.varint(payload)
        case .int:
            writer.tag(3, ProtobufReader.WireType.varint)
            writer.varint(payload)
        case .double:
            writer.tag(4, ProtobufReader.WireType.fixed64)
            writer.fixed64(payload)
        case .array: batch.strings.withBytes(ref) { writer.bytes(5, $0) }
        case .map: batch.strings.withBytes(ref) { writer.bytes(6, $0) }
        case .bytes: batch.strings.withBytes(ref) { writer.bytes(7, $0) }
        }
    }
}

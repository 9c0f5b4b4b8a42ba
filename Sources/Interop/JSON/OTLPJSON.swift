import Telemetry

/// Writes spans as OTLP JSON (`TracesData`): lowerCamelCase names, trace and span ids in hexadecimal, 64-bit integers
/// as strings, enums as numbers, byte strings in base64.
///
/// Source: OTLP specification §JSON Protobuf Encoding; protobuf's JSON mapping for the rest.
public enum OTLPJSON {
    public static func traces(_ spans: some Sequence<Span>) -> [UInt8] { traces(SpanBatch(spans)) }

    public static func traces(_ batch: borrowing SpanBatch) -> [UInt8] {
        var json = JSONWriter(reserving: batch.memoryBytes * 3)
        write(batch, to: &json)
        return json.finish()
    }

    /// The elements of `resourceSpans` with commas between them, for a list that is written in pieces.
    public static func resourceSpans(_ batch: borrowing SpanBatch) -> [UInt8] {
        var json = JSONWriter(reserving: batch.memoryBytes * 3)
        for group in SpanGroups(batch).resources { resourceSpans(group, .otlp, in: batch, to: &json) }
        return json.finish()
    }

    /// The object of `traces`, into a larger one.
    ///
    /// - Parameter list: what the list of resources is called.
    public static func write(
        _ batch: borrowing SpanBatch, style: OTLPJSONStyle = .otlp, list: String = "resourceSpans",
        to json: inout JSONWriter
    ) {
        json.beginObject()
        json.key(list)
        json.beginArray()
        for group in SpanGroups(batch).resources { resourceSpans(group, style, in: batch, to: &json) }
        json.endArray()
        json.endObject()
    }

    private static func resourceSpans(
        _ group: SpanGroups.Resource, _ style: OTLPJSONStyle, in batch: borrowing SpanBatch, to json: inout JSONWriter
    ) {
        let record = batch.resources[Int(group.resource)]
        json.beginObject()
        json.key("resource")
        json.beginObject()
        attributes(record.attributes, record.droppedAttributes, in: batch, to: &json)
        entityReferences(batch.strings.bytes(record.entityReferences), to: &json)
        json.endObject()
        json.key("scopeSpans")
        json.beginArray()
        for scope in group.scopes { scopeSpans(scope, style, in: batch, to: &json) }
        json.endArray()
        text("schemaUrl", record.schemaURL, in: batch, to: &json)
        json.endObject()
    }

    private static func scopeSpans(
        _ group: SpanGroups.Scope, _ style: OTLPJSONStyle, in batch: borrowing SpanBatch, to json: inout JSONWriter
    ) {
        let record = batch.scopes[Int(group.scope)]
        json.beginObject()
        json.key("scope")
        json.beginObject()
        text("name", record.name, in: batch, to: &json)
        text("version", record.version, in: batch, to: &json)
        attributes(record.attributes, record.droppedAttributes, in: batch, to: &json)
        json.endObject()
        json.key("spans")
        json.beginArray()
        for row in group.rows { span(row, style, in: batch, to: &json) }
        json.endArray()
        text("schemaUrl", record.schemaURL, in: batch, to: &json)
        json.endObject()
    }

    private static func span(
        _ row: Int, _ style: OTLPJSONStyle, in batch: borrowing SpanBatch, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.key("traceId")
        style.write(batch.traceID[row], to: &json)
        json.key("spanId")
        style.write(batch.spanID[row], to: &json)
        text("traceState", batch.traceState[row], in: batch, to: &json)
        if batch.parentSpanID[row].isValid {
            json.key("parentSpanId")
            style.write(batch.parentSpanID[row], to: &json)
        }
        json.key("name")
        batch.strings.withBytes(batch.name[row]) { json.string($0) }
        json.key("kind")
        style.write(kind: batch.kind[row], to: &json)
        json.key("startTimeUnixNano")
        json.quoted(batch.startNanoseconds[row])
        json.key("endTimeUnixNano")
        json.quoted(batch.endNanoseconds[row])
        attributes(batch.attributes[row], batch.droppedAttributes[row], in: batch, to: &json)
        events(row, in: batch, to: &json)
        count("droppedEventsCount", batch.droppedEvents[row], to: &json)
        links(row, style, in: batch, to: &json)
        count("droppedLinksCount", batch.droppedLinks[row], to: &json)
        json.key("status")
        json.beginObject()
        text("message", batch.statusMessage[row], in: batch, to: &json)
        if batch.statusCode[row] != 0 {
            json.key("code")
            style.write(code: batch.statusCode[row], to: &json)
        }
        json.endObject()
        count("flags", batch.flags[row], to: &json)
        json.endObject()
    }

    private static func events(_ row: Int, in batch: borrowing SpanBatch, to json: inout JSONWriter) {
        let range = Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1])
        if range.isEmpty { return }
        json.key("events")
        json.beginArray()
        for index in range {
            let record = batch.events[index]
            json.beginObject()
            json.key("timeUnixNano")
            json.quoted(record.timeNanoseconds)
            text("name", record.name, in: batch, to: &json)
            attributes(record.attributes, record.droppedAttributes, in: batch, to: &json)
            json.endObject()
        }
        json.endArray()
    }

    private static func links(
        _ row: Int, _ style: OTLPJSONStyle, in batch: borrowing SpanBatch, to json: inout JSONWriter
    ) {
        let range = Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])
        if range.isEmpty { return }
        json.key("links")
        json.beginArray()
        for index in range {
            let record = batch.links[index]
            json.beginObject()
            if record.traceID.isValid {
                json.key("traceId")
                style.write(record.traceID, to: &json)
            }
            if record.spanID.isValid {
                json.key("spanId")
                style.write(record.spanID, to: &json)
            }
            text("traceState", record.traceState, in: batch, to: &json)
            attributes(record.attributes, record.droppedAttributes, in: batch, to: &json)
            count("flags", record.flags, to: &json)
            json.endObject()
        }
        json.endArray()
    }

    static func text(_ name: String, _ ref: StringRef, in batch: borrowing SpanBatch, to json: inout JSONWriter) {
        if ref == .empty { return }
        json.key(name)
        batch.strings.withBytes(ref) { json.string($0) }
    }

    static func count(_ name: String, _ value: UInt32, to json: inout JSONWriter) {
        if value == 0 { return }
        json.key(name)
        json.number(UInt64(value))
    }
}

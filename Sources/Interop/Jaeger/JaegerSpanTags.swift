import Telemetry

/// What of a span Jaeger has no field for, as tags: its attributes, and what OpenTelemetry's mapping names.
///
/// Source: OpenTelemetry specification, Mapping to non-OTLP formats and OpenTelemetry to Jaeger Transformation.
enum JaegerSpanTags {
    static func tags(of span: Span) -> [JaegerTag] {
        var tags: [JaegerTag] = []
        tags.reserveCapacity(span.attributes.count + 6)
        if !span.scope.name.isEmpty { tags.append(JaegerTag("otel.scope.name", .string(span.scope.name))) }
        if !span.scope.version.isEmpty { tags.append(JaegerTag("otel.scope.version", .string(span.scope.version))) }
        for attribute in span.attributes { tags.append(JaegerTag(attribute.key, attribute.value)) }
        if let kind = JaegerTag.word(of: span.kind) { tags.addOnce("span.kind", .string(kind)) }
        switch span.status.code {
        case SpanStatus.ok: tags.addOnce("otel.status_code", .string("OK"))
        case SpanStatus.error:
            tags.addOnce("otel.status_code", .string("ERROR"))
            tags.addOnce("error", .bool(true))
        default: break
        }
        if !span.status.message.isEmpty { tags.addOnce("otel.status_description", .string(span.status.message)) }
        if !span.traceState.isEmpty { tags.addOnce("w3c.tracestate", .string(span.traceState)) }
        dropped("otel.dropped_attributes_count", span.droppedAttributesCount, &tags)
        dropped("otel.dropped_events_count", span.droppedEventsCount, &tags)
        dropped("otel.dropped_links_count", span.droppedLinksCount, &tags)
        return tags
    }

    /// An event's fields: its name as `event`, unless an attribute has that key.
    static func fields(of event: SpanEvent) -> [JaegerTag] {
        var fields: [JaegerTag] = []
        if !event.name.isEmpty, !event.attributes.contains(where: { $0.key == "event" }) {
            fields.append(JaegerTag("event", .string(event.name)))
        }
        fields += [JaegerTag](event.attributes)
        dropped("otel.dropped_attributes_count", event.droppedAttributesCount, &fields)
        return fields
    }

    private static func dropped(_ key: String, _ count: UInt32, _ tags: inout [JaegerTag]) {
        if count > 0 { tags.addOnce(key, .int(Int64(count))) }
    }
}

import Telemetry

/// A span's tags: texts under unique keys, in the order of their first appearance.
///
/// Source: OpenTelemetry specification, OpenTelemetry to Zipkin Transformation; keys of links as the OpenTelemetry
/// Collector writes them.
struct ZipkinTags {
    private var places: [[UInt8]: Int] = [:]
    private(set) var tags: [(key: String, value: String)] = []

    /// - Parameter hidden: attributes that other fields speak of.
    init(_ span: Span, hiding hidden: Set<String>) {
        for attribute in span.resource.attributes where attribute.key != "service.name" {
            set(attribute.key, attribute.value.plainText)
        }
        for attribute in span.attributes where !hidden.contains(attribute.key) {
            if !Self.saysNoError(attribute, of: span) { set(attribute.key, attribute.value.plainText) }
        }
        if span.kind == .internal { set("span.kind", "internal") }
        if !span.scope.name.isEmpty { set("otel.scope.name", span.scope.name) }
        if !span.scope.version.isEmpty { set("otel.scope.version", span.scope.version) }
        if span.status.code == SpanStatus.ok { set("otel.status_code", "OK") }
        if span.status.isError {
            set("otel.status_code", "ERROR")
            if places[Array("error".utf8)] == nil { set("error", span.status.message) }
        }
        if !span.status.message.isEmpty { set("otel.status_description", span.status.message) }
        if !span.traceState.isEmpty { set("w3c.tracestate", span.traceState) }
        if span.droppedAttributesCount > 0 {
            set("otel.dropped_attributes_count", String(span.droppedAttributesCount))
        }
        if span.droppedEventsCount > 0 { set("otel.dropped_events_count", String(span.droppedEventsCount)) }
        if span.droppedLinksCount > 0 { set("otel.dropped_links_count", String(span.droppedLinksCount)) }
        for (index, link) in span.links.enumerated() { set("otlp.link.\(index)", Self.text(of: link)) }
    }

    /// Any `error` tag makes Zipkin show a span as failed, `false` included.
    private static func saysNoError(_ attribute: Attribute, of span: Span) -> Bool {
        attribute.key == "error" && !span.status.isError
            && (attribute.value == .bool(false) || attribute.value == .string("false"))
    }

    private static func text(of link: SpanLink) -> String {
        var json = JSONWriter()
        json.plain(link.attributes)
        return [
            link.traceID.description, link.spanID.description, link.traceState,
            String(decoding: json.finish(), as: UTF8.self), String(link.droppedAttributesCount),
        ].joined(separator: "|")
    }

    private mutating func set(_ key: String, _ value: String) {
        // By bytes: Swift takes strings for equal that other languages do not.
        let bytes = Array(key.utf8)
        if let place = places[bytes] {
            tags[place].value = value
        } else {
            places[bytes] = tags.count
            tags.append((key, value))
        }
    }
}

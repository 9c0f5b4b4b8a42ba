import Telemetry

/// Writes Zipkin's second format (`/api/v2/trace/{id}`, `/api/v2/traces`): lists of spans in JSON.
///
/// Source: openzipkin/zipkin-api `zipkin2-api.yaml`; field order as Zipkin's own writer has it; OpenTelemetry specification,
/// OpenTelemetry to Zipkin Transformation.
public enum ZipkinJSON {
    /// One trace: a list of spans.
    public static func trace(_ spans: some Collection<Span>) -> [UInt8] {
        var json = JSONWriter(reserving: 16 + 1024 * spans.count)
        write(spans, to: &json)
        return json.finish()
    }

    /// Several traces: a list of lists.
    public static func traces(_ traces: [[Span]]) -> [UInt8] {
        var json = JSONWriter(reserving: 16 + 1024 * traces.reduce(0) { $0 + $1.count })
        json.beginArray()
        for trace in traces { write(trace, to: &json) }
        json.endArray()
        return json.finish()
    }

    public static func names(_ names: [String]) -> [UInt8] {
        var json = JSONWriter(reserving: 16 + 32 * names.count)
        json.beginArray()
        for name in names { json.string(name) }
        json.endArray()
        return json.finish()
    }

    public static func dependencies(_ links: [ServiceLink]) -> [UInt8] {
        var json = JSONWriter(reserving: 16 + 96 * links.count)
        json.beginArray()
        for link in links {
            json.beginObject()
            json.add("parent", link.parent)
            json.add("child", link.child)
            json.add("callCount", link.calls)
            if link.errors > 0 { json.add("errorCount", link.errors) }
            json.endObject()
        }
        json.endArray()
        return json.finish()
    }

    private static func write(_ spans: some Collection<Span>, to json: inout JSONWriter) {
        var clients: Set<SpanID> = []
        for span in spans where span.kind == .client { clients.insert(span.spanID) }
        json.beginArray()
        for span in spans {
            // Both sides of a call under one id, as B3 has it: the server's is marked.
            write(span, isShared: span.kind == .server && clients.contains(span.spanID), to: &json)
        }
        json.endArray()
    }

    private static func write(_ span: Span, isShared: Bool, to json: inout JSONWriter) {
        let marks = ZipkinMarks(span)
        let local = ZipkinEndpoint.local(span)
        let remote = ZipkinEndpoint.remote(span)
        json.beginObject()
        json.add("traceId", JaegerJSON.shortHex(span.traceID))
        if span.parentSpanID.isValid { json.add("parentId", span.parentSpanID.description) }
        json.add("id", span.spanID.description)
        json.add("kind", kind(span.kind))
        json.add("name", span.name.isEmpty ? nil : span.name)
        if span.startNanoseconds >= 1000, !marks.lacksTimestamp { json.add("timestamp", span.startNanoseconds / 1000) }
        // Zipkin has no zero: a shorter time than a microsecond is one.
        if span.durationNanoseconds > 0 { json.add("duration", max(1, span.durationNanoseconds / 1000)) }
        local.write("localEndpoint", to: &json)
        remote.write("remoteEndpoint", to: &json)
        if !span.events.isEmpty {
            json.list("annotations", span.events) { event, json in
                json.beginObject()
                json.add("timestamp", max(1, event.timeNanoseconds / 1000))
                json.add("value", text(of: event))
                json.endObject()
            }
        }
        let hidden = local.keys.union(remote.keys).union(ZipkinMarks.keys)
        let tags = ZipkinTags(span, hiding: hidden).tags
        if !tags.isEmpty {
            json.key("tags")
            json.beginObject()
            for tag in tags { json.add(tag.key, tag.value) }
            json.endObject()
        }
        if marks.isDebug { json.add("debug", true) }
        if isShared || marks.isShared { json.add("shared", true) }
        json.endObject()
    }

    private static func kind(_ kind: SpanKind) -> String? {
        switch kind {
        case .client: "CLIENT"
        case .server: "SERVER"
        case .producer: "PRODUCER"
        case .consumer: "CONSUMER"
        default: nil
        }
    }

    /// The name alone, or `"name": {attributes}`.
    private static func text(of event: SpanEvent) -> String {
        if event.attributes.isEmpty { return event.name }
        var json = JSONWriter()
        json.string(event.name)
        var text = String(decoding: json.finish(), as: UTF8.self)
        var attributes = JSONWriter()
        attributes.plain(event.attributes)
        text += ": " + String(decoding: attributes.finish(), as: UTF8.self)
        return text
    }
}

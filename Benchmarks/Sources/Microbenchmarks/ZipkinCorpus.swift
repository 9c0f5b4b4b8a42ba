import Interop
import Telemetry

/// The reference corpus as a Zipkin reporter would send it, members in the order of Zipkin's own library.
enum ZipkinCorpus {
    static func write(_ batch: SpanBatch) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for row in 0..<batch.count { write(batch.span(row), to: &json) }
        json.endArray()
        return json.finish()
    }

    private static func write(_ span: Span, to json: inout JSONWriter) {
        json.beginObject()
        json.key("traceId")
        json.hex(span.traceID)
        if span.parentSpanID.isValid {
            json.key("parentId")
            json.hex(span.parentSpanID)
        }
        json.key("id")
        json.hex(span.spanID)
        if let kind = [SpanKind.client: "CLIENT", .server: "SERVER", .producer: "PRODUCER", .consumer: "CONSUMER"][
            span.kind]
        {
            json.key("kind")
            json.string(kind)
        }
        json.key("name")
        json.string(span.name)
        json.key("timestamp")
        json.number(span.startNanoseconds / 1000)
        json.key("duration")
        json.number(span.durationNanoseconds / 1000)
        json.key("localEndpoint")
        json.beginObject()
        json.key("serviceName")
        json.string(span.resource.serviceName)
        json.key("ipv4")
        json.string("10.0.0.7")
        json.endObject()
        if !span.events.isEmpty {
            json.key("annotations")
            json.beginArray()
            for event in span.events {
                json.beginObject()
                json.key("timestamp")
                json.number(event.timeNanoseconds / 1000)
                json.key("value")
                json.string(event.name)
                json.endObject()
            }
            json.endArray()
        }
        json.key("tags")
        json.beginObject()
        for attribute in span.attributes {
            json.key(attribute.key)
            json.string(attribute.value.text)
        }
        json.endObject()
        json.endObject()
    }
}

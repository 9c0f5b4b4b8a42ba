import Interop
import Telemetry

/// Writes answers to searches for traces as JSON.
enum TraceSearchJSON {
    static func bytes(_ answer: TraceSearchAnswer) -> [UInt8] {
        var json = JSONWriter(reserving: 512 + 1024 * answer.traces.count)
        json.beginObject()
        json.list("traces", answer.traces, trace)
        end(answer, to: &json)
        json.endObject()
        return json.finish()
    }

    /// A trace as a line of a stream.
    static func line(_ found: FoundTrace) -> [UInt8] {
        var json = JSONWriter(reserving: 1024)
        trace(found, to: &json)
        return json.finish() + [UInt8(ascii: "\n")]
    }

    /// The last line of a stream: how many traces it had, and what is to be said of the search.
    static func lastLine(_ answer: TraceSearchAnswer, traces: Int, error: QueryRefusal?) -> [UInt8] {
        var json = JSONWriter(reserving: 512)
        json.beginObject()
        json.key("end")
        json.beginObject()
        json.add("traces", traces)
        if let error {
            json.key("error")
            json.beginObject()
            json.add("code", error.code)
            json.add("message", error.message)
            json.endObject()
        }
        end(answer, isPartial: answer.isPartial || error != nil, to: &json)
        json.endObject()
        json.endObject()
        return json.finish() + [UInt8(ascii: "\n")]
    }

    private static func end(_ answer: TraceSearchAnswer, isPartial: Bool? = nil, to json: inout JSONWriter) {
        json.add("partial", isPartial ?? answer.isPartial)
        json.list("gaps", answer.gaps) { $1.string($0.description) }
        json.add("cursor", answer.next?.description)
        json.key("figures")
        json.beginObject()
        json.add("inspectedTraces", answer.figures.inspectedTraces)
        json.add("inspectedSpans", answer.figures.inspectedSpans)
        json.add("blocks", answer.figures.search.blocks)
        json.add("rows", answer.figures.search.rows + answer.figures.search.liveRows)
        json.add("bytes", answer.figures.search.bytes)
        json.endObject()
    }

    private static func trace(_ trace: FoundTrace, to json: inout JSONWriter) {
        json.beginObject()
        json.add("traceID", trace.traceID.description)
        json.add("rootService", trace.rootServiceName)
        json.add("rootOperation", trace.rootTraceName)
        json.add("start", Timestamp(nanoseconds: trace.startNanoseconds))
        json.add("durationNanoseconds", trace.durationNanoseconds)
        json.add("spans", trace.spanCount)
        json.add("errors", trace.errorCount)
        json.add("matched", trace.matchedCount)
        json.list("services", trace.serviceStats) { stats, json in
            json.beginObject()
            json.add("service", stats.service)
            json.add("spans", stats.spanCount)
            json.add("errors", stats.errorCount)
            json.endObject()
        }
        json.list("spanSets", trace.spanSets) { set, json in
            json.beginObject()
            json.add("matched", set.matched)
            json.list("attributes", set.attributes, JourneyJSON.attribute)
            json.list("spans", set.spans, span)
            json.endObject()
        }
        json.endObject()
    }

    private static func span(_ found: FoundSpan, to json: inout JSONWriter) {
        let span = found.span
        json.beginObject()
        json.add("spanID", span.spanID.description)
        json.add("parentSpanID", span.parentSpanID.isValid ? span.parentSpanID.description : nil)
        json.add("service", span.resource.serviceName)
        json.add("operation", span.name)
        json.add("kind", SpanWords.word(span.kind.rawValue, of: SpanWords.kinds))
        json.add("status", SpanWords.word(span.status.code, of: SpanWords.statuses))
        json.add("statusMessage", span.status.message.isEmpty ? nil : span.status.message)
        json.add("start", Timestamp(nanoseconds: span.startNanoseconds))
        json.add("durationNanoseconds", span.durationNanoseconds)
        json.list("attributes", found.selected, JourneyJSON.attribute)
        json.endObject()
    }
}

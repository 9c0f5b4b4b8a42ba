import Interop
import Storage
import Telemetry

/// Writes answers to searches as JSON.
enum SearchJSON {
    static func bytes(_ answer: SearchAnswer) -> [UInt8] {
        var json = JSONWriter(reserving: 512 + 512 * answer.matches.count)
        json.beginObject()
        json.list("spans", answer.matches, match)
        json.add("partial", answer.isPartial)
        json.list("gaps", answer.gaps) { $1.string($0.description) }
        if answer.searchedDownTo > 0 {
            json.add("searchedDownTo", Timestamp(nanoseconds: answer.searchedDownTo))
        }
        json.add("cursor", answer.next?.description)
        figures(answer.figures, to: &json)
        json.endObject()
        return json.finish()
    }

    private static func match(_ match: SpanMatch, to json: inout JSONWriter) {
        let span = match.span
        json.beginObject()
        json.add("traceID", span.traceID.description)
        json.add("spanID", span.spanID.description)
        json.add("service", match.service)
        json.add("operation", span.name)
        json.add("kind", SpanWords.word(span.kind.rawValue, of: SpanWords.kinds))
        json.add("status", SpanWords.word(span.status.code, of: SpanWords.statuses))
        json.add("statusMessage", span.status.message.isEmpty ? nil : span.status.message)
        json.add("start", Timestamp(nanoseconds: span.startNanoseconds))
        json.add("durationNanoseconds", span.durationNanoseconds)
        json.endObject()
    }

    private static func figures(_ figures: SearchFigures, to json: inout JSONWriter) {
        json.key("figures")
        json.beginObject()
        json.add("segments", figures.segments)
        json.add("rowGroups", figures.groups)
        json.add("rowGroupsRuledOut", figures.groupsRuledOut + figures.groupsWithoutMatch)
        json.add("blocks", figures.blocks)
        json.add("rows", figures.rows + figures.liveRows)
        json.add("bytes", figures.bytes)
        json.endObject()
    }
}

import Interop
import Telemetry

/// Writes a journey as JSON: the members that its `Codable` form has, straight into bytes. `JSONEncoder` takes longer
/// over a journey than finding it does.
package enum JourneyJSON {
    package static func bytes(_ journey: Journey) -> [UInt8] {
        // About a kilobyte a hop.
        var json = JSONWriter(reserving: 2048 + 1536 * journey.hops.count)
        json.beginObject()
        json.add("transaction", journey.transaction)
        keys("keys", journey.keys, to: &json)
        keys("alsoKnownAs", journey.alsoKnownAs, to: &json)
        summary(journey.summary, to: &json)
        completeness(journey.completeness, to: &json)
        json.list("legs", journey.legs, leg)
        json.list("traces", journey.traces, trace)
        json.list("hops", journey.hops, hop)
        json.endObject()
        return json.finish()
    }

    static func keys(_ name: String, _ keys: [TransactionKey], to json: inout JSONWriter) {
        json.list(name, keys) { key, json in
            json.beginObject()
            json.add("kind", key.kind)
            json.add("value", key.value)
            json.endObject()
        }
    }

    private static func summary(_ summary: JourneySummary, to json: inout JSONWriter) {
        json.key("summary")
        json.beginObject()
        json.add("outcome", summary.outcome.rawValue)
        json.add("sentence", summary.sentence)
        json.add("cause", summary.cause)
        json.add("start", summary.start)
        json.add("durationNanoseconds", summary.durationNanoseconds)
        json.list("services", summary.services) { $1.string($0) }
        json.add("spans", summary.spans)
        json.add("hops", summary.hops)
        json.add("failedHops", summary.failedHops)
        json.add("refusedHops", summary.refusedHops)
        json.add("retries", summary.retries)
        json.endObject()
    }

    private static func completeness(_ completeness: JourneyCompleteness, to json: inout JSONWriter) {
        json.key("completeness")
        json.beginObject()
        json.add("verdict", completeness.verdict.rawValue)
        json.list("missing", completeness.missing, missing)
        json.list("gaps", completeness.gaps, gap)
        json.add("conflictingSpans", completeness.conflictingSpans)
        json.add("hopsOutOfOrder", completeness.hopsOutOfOrder)
        json.endObject()
    }

    private static func missing(_ span: MissingSpan, to json: inout JSONWriter) {
        json.beginObject()
        json.add("role", span.role.rawValue)
        json.add("traceID", span.traceID)
        json.add("spanID", span.spanID)
        json.add("hop", span.hop)
        json.add("recorder", span.recorder)
        json.add("sentence", span.sentence)
        json.endObject()
    }

    private static func gap(_ gap: JourneyGap, to json: inout JSONWriter) {
        json.beginObject()
        json.add("kind", gap.kind.rawValue)
        json.add("principal", gap.principal)
        json.add("instance", gap.instance)
        json.add("from", gap.from)
        json.add("to", gap.to)
        json.add("firstSequence", gap.firstSequence)
        json.add("lastSequence", gap.lastSequence)
        json.add("spans", gap.spans)
        json.add("reason", gap.reason)
        json.endObject()
    }

    private static func leg(_ leg: JourneyLeg, to json: inout JSONWriter) {
        json.beginObject()
        json.add("start", leg.start)
        json.add("durationNanoseconds", leg.durationNanoseconds)
        json.add("outcome", leg.outcome.rawValue)
        json.list("traces", leg.traces) { $1.string($0) }
        json.list("roots", leg.roots) { $1.number(Int64($0)) }
        json.add("hops", leg.hops)
        json.list("services", leg.services) { $1.string($0) }
        json.endObject()
    }

    private static func trace(_ trace: JourneyTrace, to json: inout JSONWriter) {
        json.beginObject()
        json.add("traceID", trace.traceID)
        json.add("start", trace.start)
        json.add("durationNanoseconds", trace.durationNanoseconds)
        json.add("spans", trace.spans)
        json.add("contributedSpans", trace.contributedSpans)
        json.add("isBulk", trace.isBulk)
        json.endObject()
    }
}

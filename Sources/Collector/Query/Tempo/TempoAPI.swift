import Interop
import NIOCore
import Storage
import Telemetry

/// Tempo's HTTP API, as Grafana's data source asks it.
struct TempoAPI: Sendable {
    static let prefix = "tempo"

    let store: Store
    let clock: @Sendable () -> UInt64
    let version: String

    var finder: TraceFinder { TraceFinder(store: store) }

    var routes: [QueryRoute] {
        [
            QueryRoute("/api/echo", .tempo, nil) { _ in .text(.ok, "echo") },
            QueryRoute("/api/status/buildinfo", .tempo, nil) { _ in buildInformation() },
            QueryRoute("/api/traces/{id}", .tempo, .trace) { try traceV1($0) },
            QueryRoute("/api/v2/traces/{id}", .tempo, .trace) { try traceV2($0) },
            QueryRoute("/api/search", .tempo, .search) { try search($0) },
            QueryRoute("/api/metrics/query_range", .tempo, .metrics) { try metricsRange($0) },
            QueryRoute("/api/metrics/query", .tempo, .metrics) { try metricsInstant($0) },
            QueryRoute("/api/search/tags", .tempo, .listing) { try tags($0) },
            QueryRoute("/api/v2/search/tags", .tempo, .listing) { try scopedTags($0) },
            QueryRoute("/api/search/tag/{name...}/values", .tempo, .listing) { try tagValues($0) },
            QueryRoute("/api/v2/search/tag/{name...}/values", .tempo, .listing) { try typedTagValues($0) },
        ]
    }

    /// `TraceByIDResponse`: says when it is not whole.
    private func traceV2(_ request: QueryRequest) throws -> HTTPAnswer {
        let found = try read(request)
        let spans = found.spans.lazy.map(\.span)
        let missing = found.missing.isEmpty ? nil : found.missing.joined(separator: " ")
        guard request.acceptsProtobuf else { return .json(.ok, TempoTrace.json(spans, missing: missing)) }
        return protobuf(TempoTrace.protobuf(spans, missing: missing))
    }

    /// `Trace`.
    func traceV1(_ request: QueryRequest) throws -> HTTPAnswer {
        let found = try read(request)
        let spans = found.spans.lazy.map(\.span)
        guard request.acceptsProtobuf else { return .json(.ok, TempoTrace.jsonV1(spans)).partial(found.missing) }
        return protobuf(TempoTrace.protobufV1(spans)).partial(found.missing)
    }

    /// Times may come with a look-up by id, which needs none; they are only looked at.
    private func read(_ request: QueryRequest) throws -> TraceFinder.Found {
        _ = try window(request)
        let found = try finder.read(try request.traceID("id"))
        guard !found.spans.isEmpty else { throw QueryRefusal.notFound("no_such_trace", "trace not found") }
        return found
    }

    private func protobuf(_ bytes: [UInt8]) -> HTTPAnswer {
        HTTPAnswer(status: .ok, contentType: "application/protobuf", body: ByteBuffer(bytes: bytes))
    }

    /// `start` and `end` in seconds, both or neither; all time without them.
    func window(_ request: QueryRequest) throws(QueryRefusal) -> ClosedRange<UInt64> {
        let start = try request.time("start", .seconds)
        let end = try request.time("end", .seconds)
        if let start, let end, start > 0 || end > 0 {
            guard start < end else {
                throw .badRequest(
                    "http parameter start must be before end. received start=\(start / 1_000_000_000) "
                        + "end=\(end / 1_000_000_000)")
            }
            return start...end
        }
        return (start ?? 0)...max(start ?? 0, end.flatMap { $0 == 0 ? nil : $0 } ?? .max)
    }

    private func buildInformation() -> HTTPAnswer {
        var json = JSONWriter(reserving: 256)
        json.beginObject()
        json.add("version", version)
        for name in ["revision", "branch", "buildDate", "buildUser", "goVersion"] { json.add(name, "") }
        json.endObject()
        return .json(.ok, json.finish())
    }
}

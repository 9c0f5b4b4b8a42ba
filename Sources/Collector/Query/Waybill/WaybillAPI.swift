import Interop
import NIOCore
import NIOPosix
import Storage
import Telemetry

/// Waybill's own query API, `/api/v1`.
struct WaybillAPI: Sendable {
    let store: Store
    let rules: TransactionRules
    /// Where streams go on.
    let lookups: NIOThreadPool
    let searches: NIOThreadPool
    let metrics: CollectorMetrics

    var routes: [QueryRoute] {
        [
            QueryRoute("/api/v1/journeys/{transaction}", .waybill, .journey) { try journey($0) },
            QueryRoute("/api/v1/traces/{id}", .waybill, .trace) { try trace($0) },
            QueryRoute("/api/v1/search", .waybill, .search) { try search($0) },
            QueryRoute("/api/v1/services", .waybill, .listing) { _ in try services() },
            QueryRoute("/api/v1/services/{service}/operations", .waybill, .listing) { try operations($0) },
            QueryRoute("/api/v1/attributes", .waybill, .listing) { try attributes($0) },
            QueryRoute("/api/v1/attributes/{key}/values", .waybill, .listing) { try attributeValues($0) },
        ]
    }

    /// Larger traces are streamed.
    private static let maximumSpansAtOnce = 10_000

    private func trace(_ request: QueryRequest) throws -> HTTPAnswer {
        let id = try request.traceID("id")
        let pieces = store.tracePieces(id)
        if let reason = pieces.unreadable.first { throw reason }
        guard pieces.spanCount > 0 else {
            throw QueryRefusal.notFound("no_such_trace", "No stored span belongs to the trace \(id).")
        }
        if pieces.spanCount > Self.maximumSpansAtOnce {
            return .stream(
                contentType: request.acceptsProtobuf ? "application/x-protobuf" : "application/json",
                TraceStream(
                    pieces, as: request.acceptsProtobuf ? .protobuf : .json, pool: lookups,
                    metrics: metrics, isAbandoned: request.http.isAbandoned))
        }
        let answer = pieces.read()
        if let reason = answer.unreadable.first { throw reason }
        let spans = answer.spans.map(\.span)
        guard request.acceptsProtobuf else { return .json(.ok, OTLPJSON.traces(spans)) }
        return .protobuf(OTLPTraceEncoder.encode(spans: spans))
    }
}

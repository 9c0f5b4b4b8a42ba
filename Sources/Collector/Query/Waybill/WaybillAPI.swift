import Interop
import NIOCore
import Storage
import Telemetry

/// Waybill's own query API, `/api/v1`.
struct WaybillAPI: Sendable {
    let store: Store
    let rules: TransactionRules

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

    private func trace(_ request: QueryRequest) throws -> HTTPAnswer {
        let id = try request.traceID("id")
        let stored = try store.trace(id)
        guard !stored.isEmpty else {
            throw QueryRefusal.notFound("no_such_trace", "No stored span belongs to the trace \(id).")
        }
        let spans = stored.map(\.span)
        guard request.acceptsProtobuf else { return .json(.ok, OTLPJSON.traces(spans)) }
        return .protobuf(OTLPTraceEncoder.encode(spans: spans))
    }
}

import NIOCore
import Storage

/// How the collector is: health checks.
struct StateRoutes: Sendable {
    let store: Store

    var routes: [QueryRoute] {
        [
            QueryRoute("/healthz", .waybill, nil) { _ in .text(.ok, "ok") },
            QueryRoute("/readyz", .waybill, nil) { _ in ready() },
        ]
    }

    private func ready() -> HTTPAnswer {
        let statistics = store.statistics
        guard statistics.hasFailed else { return .text(.ok, "ready") }
        return .text(.serviceUnavailable, statistics.lastError ?? "The store has failed; restart the collector.")
    }
}

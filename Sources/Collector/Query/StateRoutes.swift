import NIOCore
import Storage

/// How the collector is: health checks and its own metrics.
struct StateRoutes: Sendable {
    let store: Store
    let render: @Sendable () -> [UInt8]

    var routes: [QueryRoute] {
        [
            QueryRoute("/healthz", .waybill, nil) { _ in .text(.ok, "ok") },
            QueryRoute("/readyz", .waybill, nil) { _ in ready() },
            QueryRoute("/metrics", .waybill, nil) { _ in
                HTTPAnswer(
                    status: .ok, contentType: "text/plain; version=0.0.4; charset=utf-8",
                    body: ByteBuffer(bytes: render()))
            },
        ]
    }

    private func ready() -> HTTPAnswer {
        let statistics = store.statistics
        guard statistics.hasFailed else { return .text(.ok, "ready") }
        return .text(.serviceUnavailable, statistics.lastError ?? "The store has failed; restart the collector.")
    }
}

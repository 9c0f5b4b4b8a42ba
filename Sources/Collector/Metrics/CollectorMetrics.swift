import Exposition
import Storage
import Telemetry

/// The collector's own health: what came in by each door, what was refused and why, how long queries took.
package final class CollectorMetrics: Sendable {
    /// Why a request or a batch was refused.
    package enum RefusalReason: String, Sendable, CaseIterable {
        case path, method, token, busy, malformed, inflated, store, stopping, client, abandoned
        case mediaType = "media_type"
    }

    let registry: MetricRegistry
    let wireBytes: Counter
    let wireDuplicateBatches: Counter
    let wireSessionsOpened: Counter
    let wireSessionsClosed: Counter
    let connectionsTurnedAway: Counter
    /// By door.
    private let acceptedSpans: [Door: Counter]
    private let rejectedSpans: [Door: Counter]
    private let refusals: [RefusalReason: Counter]
    private let queries: [QueryKind: Histogram]

    package init(registry: MetricRegistry) {
        self.registry = registry
        var accepted: [Door: Counter] = [:]
        var rejected: [Door: Counter] = [:]
        for door in Door.allCases {
            accepted[door] = registry.counter(
                "waybill_collector_spans_accepted_total", help: "Spans acknowledged, by the door they came through.",
                labels: [MetricLabel("door", door.name)])
            rejected[door] = registry.counter(
                "waybill_collector_spans_rejected_total",
                help: "Spans left out of an otherwise accepted request (partial success).",
                labels: [MetricLabel("door", door.name)])
        }
        acceptedSpans = accepted
        rejectedSpans = rejected
        wireBytes = registry.counter(
            "waybill_collector_wire_received_bytes_total", help: "Bytes of wire protocol frames that carried data.")
        wireDuplicateBatches = registry.counter(
            "waybill_collector_wire_duplicate_batches_total",
            help: "Batches sent again after they had been stored: acknowledged again, stored once.")
        wireSessionsOpened = registry.counter(
            "waybill_collector_wire_sessions_opened_total", help: "Wire protocol sessions opened.")
        wireSessionsClosed = registry.counter(
            "waybill_collector_wire_sessions_closed_total", help: "Wire protocol sessions ended, cleanly or not.")
        connectionsTurnedAway = registry.counter(
            "waybill_collector_connections_turned_away_total", help: "Connections closed at once, being too many.")
        var refusals: [RefusalReason: Counter] = [:]
        for reason in RefusalReason.allCases {
            refusals[reason] = registry.counter(
                "waybill_collector_refused_total", help: "Requests and batches refused whole, by reason.",
                labels: [MetricLabel("reason", reason.rawValue)])
        }
        self.refusals = refusals
        var queries: [QueryKind: Histogram] = [:]
        for kind in QueryKind.allCases {
            queries[kind] = registry.histogram(
                "waybill_collector_query_seconds", help: "Time to answer a query, reading included.",
                labels: [MetricLabel("query", kind.rawValue)])
        }
        self.queries = queries
        beginAtZero()
    }

    func accepted(spans: Int, door: Door) { acceptedSpans[door]?.increment(by: spans) }

    func rejected(spans: Int, door: Door) { rejectedSpans[door]?.increment(by: spans) }

    func refused(_ reason: RefusalReason) { refusals[reason]?.increment() }

    /// A connection of the wire protocol ended by an error.
    func wireRefused(_ code: String, times: Int = 1) {
        registry.counter(
            "waybill_collector_wire_errors_total",
            help: "Wire protocol connections ended for an error of the sender, by code.",
            labels: [MetricLabel("code", code)]
        ).increment(by: times)
    }

    /// An HTTP request that never reached a service.
    func httpRefused(_ reason: String, times: Int = 1) {
        registry.counter(
            "waybill_collector_http_refused_total", help: "HTTP requests refused before their content was looked at.",
            labels: [MetricLabel("reason", reason)]
        ).increment(by: times)
    }

    /// A gRPC call that the server refused before its content was looked at.
    func grpcRefused(_ code: String) {
        registry.counter(
            "waybill_collector_grpc_refused_total",
            help: "gRPC calls refused before their content was looked at, by status code.",
            labels: [MetricLabel("code", code)]
        ).increment()
    }

    /// What exporters said they had to drop.
    func exporterLost(spans: UInt64, reason: String) {
        registry.counter(
            "waybill_collector_exporter_lost_spans_total",
            help: "Spans that exporters reported as dropped before they reached the collector.",
            labels: [MetricLabel("reason", reason)]
        ).increment(by: Int(clamping: spans))
    }

    /// A query was answered after so long.
    func observeQuery(_ kind: QueryKind, nanoseconds: UInt64) { queries[kind]?.observe(nanoseconds: nanoseconds) }
}

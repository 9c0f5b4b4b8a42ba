import Exposition
import Mesh
import Telemetry

/// What the proxy counts about itself, apart from routes.
final class ProxyCounters: Sendable {
    let connections: Counter
    let http2Connections: Counter
    let connectionsOverLimit: Counter
    let connectionsOverPeerLimit: Counter
    let handshakesFailed: Counter
    let connectionsRevoked: Counter
    let connectionsExpired: Counter
    let keepAliveRaces: Counter
    let retries: Counter
    let spansRecorded: Counter
    let spansLost: Counter
    private let faults: [HTTPFault.Code: Counter]
    private let refusals: [ResponseFlag: Counter]
    private let endedEarly: [ResponseFlag: Counter]
    private let transactionsRefused: Counter
    private let transactionsBeyondBound: Counter
    private let transactionsMalformed: Counter
    private let transactionsUnreadable: Counter

    init(registry: MetricRegistry) {
        connections = registry.counter(
            "waybill_proxy_downstream_connections_total", help: "Connections accepted.")
        http2Connections = registry.counter(
            "waybill_proxy_downstream_http2_connections_total", help: "Connections that came to speak HTTP/2.")
        connectionsOverLimit = registry.counter(
            "waybill_proxy_downstream_connections_refused_total",
            help: "Connections closed at once because the listener has as many as it takes.")
        connectionsOverPeerLimit = registry.counter(
            "waybill_proxy_downstream_connections_refused_per_peer_total",
            help: "Connections closed at once because their address has as many as one may have.")
        handshakesFailed = registry.counter(
            "waybill_proxy_tls_handshakes_failed_total",
            help: "Connections closed because their TLS handshake failed, wrong principals included.")
        func cut(_ reason: String) -> Counter {
            registry.counter(
                "waybill_proxy_connections_cut_total",
                help: "Open connections ended because the peer's certificate is revoked, or its time is over.",
                labels: [MetricLabel("reason", reason)])
        }
        connectionsRevoked = cut("revoked")
        connectionsExpired = cut("expired")
        keepAliveRaces = registry.counter(
            "waybill_proxy_upstream_keepalive_races_total",
            help: "Requests sent again because a kept upstream connection was already closed.")
        retries = registry.counter("waybill_proxy_retries_total", help: "Attempts after the first, by route policy.")
        spansRecorded = registry.counter("waybill_proxy_spans_recorded_total", help: "Spans handed to the exporter.")
        spansLost = registry.counter(
            "waybill_proxy_spans_lost_total", help: "Spans that the exporter recorded as lost.")
        faults = Dictionary(
            uniqueKeysWithValues: HTTPFault.Code.allCases.map { code in
                let counter = registry.counter(
                    "waybill_proxy_http_faults_total", help: "Messages refused because they break HTTP, by reason.",
                    labels: [MetricLabel("reason", code.rawValue)])
                return (code, counter)
            })
        refusals = Dictionary(
            uniqueKeysWithValues: ResponseFlag.allCases.map { flag in
                let counter = registry.counter(
                    "waybill_proxy_requests_refused_total",
                    help: "Requests that the proxy answered itself, by response flag.",
                    labels: [MetricLabel("flag", flag.rawValue)])
                return (flag, counter)
            })
        endedEarly = Dictionary(
            uniqueKeysWithValues: ResponseFlag.allCases.map { flag in
                let counter = registry.counter(
                    "waybill_proxy_connections_ended_early_total",
                    help: "Connections that were turned away or ended before anything could be passed on, by response "
                        + "flag.",
                    labels: [MetricLabel("flag", flag.rawValue)])
                return (flag, counter)
            })
        let help =
            "Transaction ids not taken: not an id, beyond the bound of the body, or the body is malformed or in an "
            + "unknown encoding."
        func missed(_ reason: String) -> Counter {
            registry.counter(
                "waybill_proxy_transaction_ids_missed_total", help: help, labels: [MetricLabel("reason", reason)])
        }
        transactionsRefused = missed("refused")
        transactionsBeyondBound = missed("beyond_bound")
        transactionsMalformed = missed("malformed")
        transactionsUnreadable = missed("encoding")
    }

    func refused(_ code: HTTPFault.Code) { faults[code]?.increment() }
    func refused(_ flag: ResponseFlag) { refusals[flag]?.increment() }
    func connectionEndedEarly(_ flag: ResponseFlag) { endedEarly[flag]?.increment() }

    func transactionsNotFound(_ extraction: TransactionExtraction) {
        transactionsRefused.increment(by: extraction.refused)
        transactionsBeyondBound.increment(by: extraction.beyondBound)
        transactionsMalformed.increment(by: extraction.malformed)
        transactionsUnreadable.increment(by: extraction.unreadable)
    }
}

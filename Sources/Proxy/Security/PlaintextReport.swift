import Exposition
import Logging
import Telemetry

/// Tells of callers that still come without TLS: each address once a listener in the log, every connection in a metric.
struct PlaintextReport {
    static let maximumAddresses = 1_024

    private let connections: Counter
    private let log: Logger
    private var known: Set<String> = []

    init(registry: MetricRegistry, log: Logger) {
        connections = registry.counter(
            "waybill_proxy_plaintext_connections_total",
            help: "Connections without TLS taken by permissive listeners.")
        self.log = log
    }

    mutating func add(_ address: String, _ listener: String, until: String) {
        connections.increment()
        if known.count == Self.maximumAddresses { known.removeAll() }
        guard known.insert("\(listener) \(address)").inserted else { return }
        log.warning(
            "\(address) connects to the \(listener) listener without TLS; that ends at \(until)")
    }
}

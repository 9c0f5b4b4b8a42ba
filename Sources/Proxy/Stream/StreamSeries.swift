import Exposition
import Telemetry

/// The connections, bytes and durations of one stream route and one peer.
final class StreamSeries {
    private let registry: MetricRegistry
    private let labels: [MetricLabel]
    private var ended: [String: Counter] = [:]
    private let open: Gauge
    private let duration: Histogram
    private let received: Counter
    private let sent: Counter

    init(registry: MetricRegistry, labels: [MetricLabel]) {
        self.registry = registry
        self.labels = labels
        open = registry.gauge(
            "waybill_proxy_streams_open", help: "Stream connections being passed on now.", labels: labels)
        duration = registry.histogram(
            "waybill_proxy_stream_duration_seconds",
            help: "Time from accepting a stream connection to its end, in seconds.", labels: labels)
        received = registry.counter(
            "waybill_proxy_stream_received_bytes_total", help: "Bytes passed on from clients of streams.",
            labels: labels)
        sent = registry.counter(
            "waybill_proxy_stream_sent_bytes_total", help: "Bytes passed on to clients of streams.", labels: labels)
        _ = counter(nil)
    }

    private func counter(_ flag: ResponseFlag?) -> Counter {
        let text = flag?.rawValue ?? "-"
        if let counter = ended[text] { return counter }
        let counter = registry.counter(
            "waybill_proxy_streams_total",
            help: "Stream connections that ended, by response flag; - when both sides ended them.",
            labels: labels + [MetricLabel("flag", text)])
        ended[text] = counter
        return counter
    }

    func began() { open.increment() }

    func passed(_ bytes: Int, from side: StreamSide) {
        if side == .downstream { received.increment(by: bytes) } else { sent.increment(by: bytes) }
    }

    func ended(_ flag: ResponseFlag?, nanoseconds: UInt64) {
        open.decrement()
        counter(flag).increment()
        duration.observe(nanoseconds: nanoseconds)
    }
}

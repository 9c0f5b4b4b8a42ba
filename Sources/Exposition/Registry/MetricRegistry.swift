import Synchronization
import Telemetry

/// The metrics of one process. Asking for a metric that exists returns the same one, so callers keep no list of their
/// own; on hot paths they keep the metric itself.
///
/// A name has one kind, one help text and at most `maximumSeries` label sets: later ones share one series whose label
/// values are all `_overflow`, and `waybill_metric_series_folded_total{metric}` says how many requests for a label set
/// ended there.
public final class MetricRegistry: Sendable {
    public static let overflowValue = "_overflow"
    static let foldedName = "waybill_metric_series_folded_total"
    public static let maximumLabelValueBytes = 256

    struct State {
        var families: [String: RegisteredFamily] = [:]
        var callbacks: [@Sendable () -> Void] = []
        var drained: [MetricSeries: DrainedValue] = [:]
        var drainedUntil: UInt64
    }

    let state: Mutex<State>
    public let maximumSeries: Int
    /// Unix nanoseconds now.
    let clock: @Sendable () -> UInt64
    /// When counting began, Unix nanoseconds.
    let startNanoseconds: UInt64

    public init(maximumSeries: Int = 1000, clock: @escaping @Sendable () -> UInt64 = { WallClock.nanoseconds() }) {
        self.maximumSeries = maximumSeries
        self.clock = clock
        startNanoseconds = clock()
        state = Mutex(State(drainedUntil: startNanoseconds))
    }

    /// `name` ends in `_total`, by Prometheus' convention.
    public func counter(_ name: String, help: String, labels: [MetricLabel] = []) -> Counter {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total: \(name)")
        return series(name, help: help, kind: .counter, labels: labels) { .counter(Counter()) }.counter
    }

    public func gauge(_ name: String, help: String, labels: [MetricLabel] = []) -> Gauge {
        series(name, help: help, kind: .gauge, labels: labels) { .gauge(Gauge()) }.gauge
    }

    /// The bounds of all series of a name are those of the first.
    public func histogram(
        _ name: String, help: String, bounds: [Double] = Histogram.latencySeconds, labels: [MetricLabel] = []
    ) -> Histogram {
        series(name, help: help, kind: .histogram(bounds: bounds), labels: labels) {
            .histogram(Histogram(bounds: bounds))
        }.histogram
    }

    /// `callback` runs before each collection: the place to set gauges that are computed. It may ask the registry for
    /// metrics.
    public func onCollect(_ callback: @escaping @Sendable () -> Void) {
        state.withLock { $0.callbacks.append(callback) }
    }

    /// The current values, families and series in a stable order.
    public func collect() -> [MetricFamily] {
        runCallbacks()
        return state.withLock { state in
            state.families.values.map { $0.snapshot(startNanoseconds: startNanoseconds) }.sorted { $0.name < $1.name }
        }
    }

    /// The Prometheus text format, version 0.0.4.
    public func render() -> String { String(decoding: PrometheusText.write(collect()), as: UTF8.self) }

    func runCallbacks() {
        for callback in state.withLock({ $0.callbacks }) { callback() }
    }

    private func series(
        _ name: String, help: String, kind: MetricKind, labels: [MetricLabel], make: () -> RegisteredMetric
    ) -> RegisteredMetric {
        let labels = labels.map { MetricLabel($0.name, Self.bounded($0.value)) }.sorted { $0.name < $1.name }
        return state.withLock { state in
            if let known = state.families[name]?.metrics[labels] { return known }
            if state.families[name] == nil {
                precondition(MetricName.isValid(name), "not a metric name: \(name)")
                precondition(!help.isEmpty, "\(name) needs a help text")
                state.families[name] = RegisteredFamily(name: name, help: help, kind: kind)
            }
            precondition(
                labels.allSatisfy { MetricName.isValidLabel($0.name) } && Set(labels.map(\.name)).count == labels.count,
                "labels of \(name) need valid, distinct names")
            precondition(
                state.families[name]!.kind.isSameType(as: kind), "\(name) is already registered as another kind")
            var key = labels
            if state.families[name]!.metrics.count >= maximumSeries, !labels.isEmpty {
                Self.countFold(of: name, in: &state)
                key = labels.map { MetricLabel($0.name, Self.overflowValue) }
                if let overflow = state.families[name]!.metrics[key] { return overflow }
            }
            let metric = state.families[name]!.kind.make(or: make)
            state.families[name]!.metrics[key] = metric
            return metric
        }
    }

    private static func countFold(of name: String, in state: inout State) {
        let labels = [MetricLabel("metric", name)]
        if let known = state.families[foldedName]?.metrics[labels] {
            known.counter.increment()
            return
        }
        var family =
            state.families[foldedName]
            ?? RegisteredFamily(
                name: foldedName, help: "Label sets folded into a metric's overflow series.", kind: .counter)
        let counter = Counter()
        counter.increment()
        family.metrics[labels] = .counter(counter)
        state.families[foldedName] = family
    }

    /// Label values come from requests: a long one is cut at a character.
    private static func bounded(_ value: String) -> String {
        if value.utf8.count <= maximumLabelValueBytes { return value }
        var end = value.utf8.index(value.utf8.startIndex, offsetBy: maximumLabelValueBytes)
        while end > value.utf8.startIndex, value.utf8[end] & 0xC0 == 0x80 { value.utf8.formIndex(before: &end) }
        return String(value[..<end])
    }
}

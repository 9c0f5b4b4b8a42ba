import Telemetry

/// One name in a registry and its series.
struct RegisteredFamily {
    let name: String
    let help: String
    let kind: MetricKind
    var metrics: [[MetricLabel]: RegisteredMetric] = [:]

    init(name: String, help: String, kind: MetricKind) {
        self.name = name
        self.help = help
        self.kind = kind
    }

    /// `start`: when the registry began.
    func snapshot(startNanoseconds start: UInt64) -> MetricFamily {
        MetricFamily(
            name: name, help: help, unit: MetricName.unit(of: name), kind: kind.exposed,
            samples: metrics.map { MetricSample(labels: $0.key, value: $0.value.sample, startNanoseconds: start) }
                .sorted { $0.labels.lexicographicallyPrecedes($1.labels, by: MetricLabel.precedes) })
    }
}

/// One series in a registry.
enum RegisteredMetric: Sendable {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)

    // The registry has checked the kind of the family before it hands a metric out.
    var counter: Counter {
        guard case .counter(let counter) = self else { preconditionFailure("not a counter") }
        return counter
    }

    var gauge: Gauge {
        guard case .gauge(let gauge) = self else { preconditionFailure("not a gauge") }
        return gauge
    }

    var histogram: Histogram {
        guard case .histogram(let histogram) = self else { preconditionFailure("not a histogram") }
        return histogram
    }

    var sample: MetricSample.Value {
        switch self {
        case .counter(let counter): .number(counter.value)
        case .gauge(let gauge): .number(gauge.value)
        case .histogram(let histogram):
            .histogram(bounds: histogram.bounds, counts: histogram.bucketCounts, sum: histogram.sum)
        }
    }
}

extension MetricKind {
    var exposed: MetricFamily.Kind {
        switch self {
        case .counter: .counter
        case .gauge: .gauge
        case .histogram: .histogram
        }
    }

    func isSameType(as other: MetricKind) -> Bool { exposed == other.exposed }

    /// A new metric of this kind: the family's own bounds hold for all its series.
    func make(or make: () -> RegisteredMetric) -> RegisteredMetric {
        if case .histogram(let bounds) = self { return .histogram(Histogram(bounds: bounds)) }
        return make()
    }
}

extension MetricLabel {
    static func precedes(_ left: MetricLabel, _ right: MetricLabel) -> Bool {
        left.name != right.name ? left.name < right.name : left.value < right.value
    }
}

import Telemetry

/// One cumulative series.
struct AccumulatedSeries {
    /// As exposed: the series' own, `job` and `instance`.
    let labels: [MetricLabel]
    /// Of all series of the accumulator, the how many-th to appear: the order of a page.
    let number: UInt64
    /// When its exporter began to count.
    let startNanoseconds: UInt64
    /// A counter's total or a gauge's value.
    var total = 0.0
    /// A histogram's counts, not cumulative over buckets; empty for other kinds.
    var counts: [UInt64] = []
    var sum = 0.0
    var updatedNanoseconds: UInt64

    init(labels: [MetricLabel], number: UInt64, startNanoseconds: UInt64, updatedNanoseconds: UInt64) {
        self.labels = labels
        self.number = number
        self.startNanoseconds = startNanoseconds
        self.updatedNanoseconds = updatedNanoseconds
    }

    /// Adds a point; `false` when its value does not fit the kind.
    mutating func add(_ value: MetricValue, kind: MetricKind) -> Bool {
        switch (kind, value) {
        case (.counter, .delta(let delta)):
            guard delta >= 0, delta.isFinite else { return false }
            total += delta
        case (.gauge, .value(let value)):
            total = value
        case (.histogram(let bounds), .histogram(let more, let moreSum)):
            guard more.count == bounds.count + 1, !moreSum.isNaN else { return false }
            if counts.isEmpty { counts = [UInt64](repeating: 0, count: more.count) }
            for index in more.indices {
                let (total, overflow) = counts[index].addingReportingOverflow(more[index])
                counts[index] = overflow ? .max : total
            }
            sum += moreSum
        default:
            return false
        }
        return true
    }

    func sample(_ kind: MetricKind) -> MetricSample.Value {
        guard case .histogram(let bounds) = kind else { return .number(total) }
        return .histogram(
            bounds: bounds, counts: counts.isEmpty ? [UInt64](repeating: 0, count: bounds.count + 1) : counts, sum: sum)
    }
}

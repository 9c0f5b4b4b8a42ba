import Telemetry

/// One cumulative series.
struct AccumulatedSeries {
    /// A counter's total or a gauge's value.
    var number = 0.0
    /// A histogram's counts, not cumulative over buckets; empty for other kinds.
    var counts: [UInt64] = []
    var sum = 0.0
    var updatedNanoseconds: UInt64

    /// Adds a point; `false` when its value does not fit the kind.
    mutating func add(_ value: MetricValue, kind: MetricKind) -> Bool {
        switch (kind, value) {
        case (.counter, .delta(let delta)):
            guard delta >= 0, delta.isFinite else { return false }
            number += delta
        case (.gauge, .value(let value)):
            number = value
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
        guard case .histogram(let bounds) = kind else { return .number(number) }
        return .histogram(bounds: bounds, counts: counts, sum: sum)
    }
}

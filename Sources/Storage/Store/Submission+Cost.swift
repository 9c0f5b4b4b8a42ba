import Telemetry

extension Submission {
    /// What the submission takes in memory, about: what admission counts.
    var memoryBytes: Int {
        var bytes = spans.memoryBytes + spans.count * LiveSet.indexBytesPerSpan + losses.count * 64
        for series in metrics?.series ?? [] {
            bytes += 128 + series.name.utf8.count + series.help.utf8.count
            for label in series.labels { bytes += 48 + label.name.utf8.count + label.value.utf8.count }
            if case .histogram(let bounds) = series.kind { bytes += bounds.count * 8 }
        }
        for point in metrics?.points ?? [] {
            bytes += 40
            if case .histogram(let counts, _) = point.value { bytes += counts.count * 8 }
        }
        return bytes + (reported?.memoryBytes ?? 0) + 256
    }
}

extension ReportedMetrics {
    /// What the report takes in memory, about.
    var memoryBytes: Int {
        func size(_ labels: [MetricLabel]) -> Int {
            labels.reduce(0) { $0 + 48 + $1.name.utf8.count + $1.value.utf8.count }
        }
        var bytes = 0
        for one in series {
            bytes += 160 + one.name.utf8.count + one.help.utf8.count + one.unit.utf8.count + size(one.labels)
        }
        for point in points {
            bytes += 160 + point.exemplars.reduce(0) { $0 + 40 + size($1.labels) }
            switch point.value {
            case .none, .number: break
            case .histogram(let histogram): bytes += 16 * histogram.counts.count
            case .native(let histogram):
                bytes += 8 * (histogram.positive.counts.count + histogram.negative.counts.count)
            case .summary(let summary): bytes += 16 * summary.quantiles.count
            }
        }
        return bytes
    }
}

import Telemetry

extension PackedWriter {
    mutating func append(metrics: MetricBatch) {
        append(metrics.startNanoseconds)
        append(metrics.endNanoseconds)
        append(UInt32(metrics.series.count))
        for series in metrics.series { append(series: series) }
        append(UInt32(metrics.points.count))
        for point in metrics.points {
            append(UInt32(point.series))
            switch point.value {
            case .delta(let delta):
                append(UInt8(0))
                append(delta.bitPattern)
            case .value(let value):
                append(UInt8(1))
                append(value.bitPattern)
            case .histogram(let counts, let sum):
                append(UInt8(2))
                append(UInt32(counts.count))
                for count in counts { append(count) }
                append(sum.bitPattern)
            }
        }
    }

    private mutating func append(series: MetricSeries) {
        append(text: series.name)
        append(text: series.help)
        switch series.kind {
        case .counter: append(UInt8(0))
        case .gauge: append(UInt8(1))
        case .histogram(let bounds):
            append(UInt8(2))
            append(UInt32(bounds.count))
            for bound in bounds { append(bound.bitPattern) }
        }
        append(UInt32(series.labels.count))
        for label in series.labels {
            append(text: label.name)
            append(text: label.value)
        }
    }
}

extension PackedReader {
    mutating func metrics() throws(StoreError) -> MetricBatch {
        var batch = MetricBatch(startNanoseconds: try integer(), endNanoseconds: try integer())
        for _ in 0..<(try elementCount()) { batch.series.append(try series()) }
        for _ in 0..<(try elementCount()) {
            let index = Int(try integer(UInt32.self))
            guard index < batch.series.count else { throw damaged("a point of series \(index), which is not there") }
            let value: MetricValue
            switch try integer(UInt8.self) {
            case 0: value = .delta(Double(bitPattern: try integer()))
            case 1: value = .value(Double(bitPattern: try integer()))
            case 2:
                var counts: [UInt64] = []
                for _ in 0..<(try elementCount()) { counts.append(try integer()) }
                value = .histogram(counts: counts, sum: Double(bitPattern: try integer()))
            case let kind: throw damaged("a metric point of unknown kind \(kind)")
            }
            batch.points.append(MetricPoint(series: index, value: value))
        }
        return batch
    }

    private mutating func series() throws(StoreError) -> MetricSeries {
        let name = try text()
        let help = try text()
        let kind: MetricKind
        switch try integer(UInt8.self) {
        case 0: kind = .counter
        case 1: kind = .gauge
        case 2:
            var bounds: [Double] = []
            for _ in 0..<(try elementCount()) { bounds.append(Double(bitPattern: try integer())) }
            kind = .histogram(bounds: bounds)
        case let number: throw damaged("a metric of unknown kind \(number)")
        }
        var labels: [MetricLabel] = []
        for _ in 0..<(try elementCount()) { labels.append(MetricLabel(try text(), try text())) }
        return MetricSeries(name: name, help: help, kind: kind, labels: labels)
    }
}

import Telemetry

extension PackedWriter {
    mutating func append(reported: ReportedMetrics) {
        append(UInt32(reported.series.count))
        for series in reported.series {
            append(text: series.name)
            append(text: series.help)
            append(text: series.unit)
            append(series.kind.rawValue)
            append(labels: series.labels)
        }
        append(UInt32(reported.points.count))
        for point in reported.points {
            append(UInt32(point.series))
            append(point.startNanoseconds)
            append(point.timeNanoseconds)
            append(UInt8(point.isDelta ? 1 : 0))
            append(reported: point.value)
            append(UInt32(point.exemplars.count))
            for exemplar in point.exemplars {
                append(labels: exemplar.labels)
                append(exemplar.value.bitPattern)
                append(exemplar.timeNanoseconds)
            }
        }
    }

    private mutating func append(labels: [MetricLabel]) {
        append(UInt32(labels.count))
        for label in labels {
            append(text: label.name)
            append(text: label.value)
        }
    }

    private mutating func append(reported value: ReportedPoint.Value) {
        switch value {
        case .none: append(UInt8(0))
        case .number(let number):
            append(UInt8(1))
            append(number.bitPattern)
        case .histogram(let histogram):
            append(UInt8(2))
            append(numbers: histogram.bounds.map(\.bitPattern))
            append(numbers: histogram.counts)
            append(histogram.sum.bitPattern)
        case .native(let histogram):
            append(UInt8(3))
            append(histogram.schema)
            append(histogram.zeroThreshold.bitPattern)
            append(histogram.zeroCount)
            append(histogram.count)
            append(histogram.sum.bitPattern)
            for buckets in [histogram.positive, histogram.negative] {
                append(buckets.offset)
                append(numbers: buckets.counts)
            }
        case .summary(let summary):
            append(UInt8(4))
            append(summary.count)
            append(summary.sum.bitPattern)
            append(numbers: summary.quantiles.flatMap { [$0.quantile.bitPattern, $0.value.bitPattern] })
        }
    }

    private mutating func append(numbers: [UInt64]) {
        append(UInt32(numbers.count))
        for number in numbers { append(number) }
    }
}

extension PackedReader {
    mutating func reported() throws(StoreError) -> ReportedMetrics {
        var reported = ReportedMetrics()
        for _ in 0..<(try elementCount()) { reported.series.append(try reportedSeries()) }
        for _ in 0..<(try elementCount()) {
            let index = Int(try integer(UInt32.self))
            guard index < reported.series.count else { throw damaged("a point of series \(index), which is not there") }
            var point = ReportedPoint(
                series: index, startNanoseconds: try integer(), timeNanoseconds: try integer(),
                isDelta: try integer(UInt8.self) != 0, value: try reportedValue())
            for _ in 0..<(try elementCount()) {
                point.exemplars.append(
                    MetricExemplar(
                        labels: try metricLabels(), value: Double(bitPattern: try integer()),
                        timeNanoseconds: try integer()))
            }
            reported.points.append(point)
        }
        return reported
    }

    private mutating func reportedSeries() throws(StoreError) -> ReportedSeries {
        let name = try text()
        let help = try text()
        let unit = try text()
        let number = try integer(UInt8.self)
        guard let kind = ReportedSeries.Kind(rawValue: number) else {
            throw damaged("a series of unknown kind \(number)")
        }
        return ReportedSeries(name: name, help: help, unit: unit, kind: kind, labels: try metricLabels())
    }

    private mutating func metricLabels() throws(StoreError) -> [MetricLabel] {
        var labels: [MetricLabel] = []
        for _ in 0..<(try elementCount()) { labels.append(MetricLabel(try text(), try text())) }
        return labels
    }

    private mutating func reportedValue() throws(StoreError) -> ReportedPoint.Value {
        switch try integer(UInt8.self) {
        case 0: return .none
        case 1: return .number(Double(bitPattern: try integer()))
        case 2:
            return .histogram(
                ClassicHistogram(
                    bounds: try integers().map { Double(bitPattern: $0) }, counts: try integers(),
                    sum: Double(bitPattern: try integer())))
        case 3:
            return .native(
                NativeHistogram(
                    schema: try integer(), zeroThreshold: Double(bitPattern: try integer()), zeroCount: try integer(),
                    count: try integer(), sum: Double(bitPattern: try integer()), positive: try buckets(),
                    negative: try buckets()))
        case 4:
            var summary = QuantileSummary(
                quantiles: [], count: try integer(), sum: Double(bitPattern: try integer()))
            let numbers = try integers()
            guard numbers.count.isMultiple(of: 2) else { throw damaged("a quantile without its value") }
            for index in stride(from: 0, to: numbers.count, by: 2) {
                summary.quantiles.append(
                    .init(
                        quantile: Double(bitPattern: numbers[index]), value: Double(bitPattern: numbers[index + 1])))
            }
            return .summary(summary)
        case let kind: throw damaged("a reported value of unknown kind \(kind)")
        }
    }

    private mutating func buckets() throws(StoreError) -> NativeHistogram.Buckets {
        NativeHistogram.Buckets(offset: try integer(), counts: try integers())
    }

    private mutating func integers() throws(StoreError) -> [UInt64] {
        var numbers: [UInt64] = []
        for _ in 0..<(try elementCount()) { numbers.append(try integer()) }
        return numbers
    }
}

import Exposition
import Interop
import Telemetry

/// The values of OTLP's data points in Prometheus' forms; `nil` for one that has none.
enum ReportedValues {
    /// Of one point; further ones are left out.
    static let maximumExemplars = 32
    /// A classic bucket is a series of its own.
    static let maximumBounds = 512

    static func point(_ point: OTLPNumberPoint, isDelta: Bool) -> ReportedPoint? {
        let value: ReportedPoint.Value
        if point.flags.contains(.noRecordedValue) {
            value = .none
        } else {
            guard let number = point.value else { return nil }
            value = .number(number.double)
        }
        return ReportedPoint(
            series: 0, startNanoseconds: point.startNanoseconds, timeNanoseconds: point.timeNanoseconds,
            isDelta: isDelta, value: value, exemplars: exemplars(point.exemplars))
    }

    static func point(_ point: OTLPHistogramPoint, isDelta: Bool) -> ReportedPoint? {
        var value = ReportedPoint.Value.none
        if !point.flags.contains(.noRecordedValue) {
            guard let histogram = histogram(point) else { return nil }
            value = .histogram(histogram)
        }
        return ReportedPoint(
            series: 0, startNanoseconds: point.startNanoseconds, timeNanoseconds: point.timeNanoseconds,
            isDelta: isDelta, value: value, exemplars: exemplars(point.exemplars))
    }

    private static func histogram(_ point: OTLPHistogramPoint) -> ClassicHistogram? {
        var bounds = point.bounds
        var counts = point.bucketCounts.isEmpty ? [point.count] : point.bucketCounts
        // The bucket up to infinity is implied.
        if bounds.last == .infinity, counts.count > 1 {
            bounds.removeLast()
            let last = counts.removeLast()
            counts[counts.count - 1] = counts[counts.count - 1].addingSaturating(last)
        }
        let histogram = ClassicHistogram(bounds: bounds, counts: counts, sum: point.sum ?? .nan)
        guard bounds.count <= maximumBounds, histogram.count == point.count else { return nil }
        return histogram
    }

    static func point(_ point: OTLPExponentialHistogramPoint, isDelta: Bool) -> ReportedPoint? {
        var value = ReportedPoint.Value.none
        if !point.flags.contains(.noRecordedValue) {
            guard point.scale >= NativeHistogram.schemas.lowerBound, point.scale <= 20 else { return nil }
            var histogram = NativeHistogram(
                schema: point.scale, zeroThreshold: point.zeroThreshold, zeroCount: point.zeroCount,
                count: point.count, sum: point.sum ?? 0, positive: buckets(point.positive),
                negative: buckets(point.negative))
            histogram.reduce(to: NativeHistogram.schemas.upperBound)
            while histogram.schema > NativeHistogram.schemas.lowerBound,
                max(histogram.positive.counts.count, histogram.negative.counts.count) > NativeHistogram.maximumBuckets
            {
                histogram.reduce(to: histogram.schema - 1)
            }
            value = .native(histogram)
        }
        return ReportedPoint(
            series: 0, startNanoseconds: point.startNanoseconds, timeNanoseconds: point.timeNanoseconds,
            isDelta: isDelta, value: value, exemplars: exemplars(point.exemplars))
    }

    /// Without empty buckets at the ends; Prometheus' index is one more than OpenTelemetry's.
    private static func buckets(_ buckets: OTLPExponentialBuckets) -> NativeHistogram.Buckets {
        guard let first = buckets.counts.firstIndex(where: { $0 > 0 }),
            let last = buckets.counts.lastIndex(where: { $0 > 0 })
        else { return NativeHistogram.Buckets() }
        return NativeHistogram.Buckets(
            offset: Int32(clamping: Int64(buckets.offset) + Int64(first) + 1),
            counts: Array(buckets.counts[first...last]))
    }

    static func point(_ point: OTLPSummaryPoint) -> ReportedPoint? {
        guard point.quantiles.count <= maximumBounds else { return nil }
        let summary = QuantileSummary(
            quantiles: point.quantiles.map { .init(quantile: $0.quantile, value: $0.value) }, count: point.count,
            sum: point.sum)
        return ReportedPoint(
            series: 0, startNanoseconds: point.startNanoseconds, timeNanoseconds: point.timeNanoseconds,
            value: point.flags.contains(.noRecordedValue) ? .none : .summary(summary))
    }

    private static func exemplars(_ exemplars: [OTLPExemplar]) -> [MetricExemplar] {
        exemplars.suffix(maximumExemplars).map { exemplar in
            var labels: [MetricLabel] = []
            if exemplar.traceID.isValid { labels.append(MetricLabel("trace_id", exemplar.traceID.description)) }
            if exemplar.spanID.isValid { labels.append(MetricLabel("span_id", exemplar.spanID.description)) }
            let ids = labels
            for attribute in exemplar.filteredAttributes {
                guard let name = PrometheusNaming.labelName(attribute.key), !labels.contains(where: { $0.name == name })
                else { continue }
                labels.append(MetricLabel(name, AttributeText.text(attribute.value)))
            }
            let whole = MetricExemplar(
                labels: labels, value: exemplar.value.double, timeNanoseconds: exemplar.timeNanoseconds)
            // OpenMetrics bounds what an exemplar may say: its ids go first.
            return whole.isSmallEnough
                ? whole : MetricExemplar(labels: ids, value: whole.value, timeNanoseconds: whole.timeNanoseconds)
        }
    }
}

import Exposition
import Interop
import Telemetry

/// A metrics request as Prometheus' series: names, units, labels, values.
package struct ReportTranslation {
    /// The job of the proxies' own series, which nobody else may add to.
    static let reservedJob = MeshMetrics.job

    package private(set) var report = ReportedMetrics()
    /// Of points that could not be translated.
    package private(set) var outcome = ReportedOutcome()
    package private(set) var refusals: [PointRefusal: Int] = [:]
    private let received: UInt64

    package init(_ metrics: OTLPMetrics, receivedNanoseconds: UInt64) {
        received = receivedNanoseconds
        for resource in metrics.resources { add(resource) }
    }

    private mutating func add(_ resource: OTLPResourceMetrics) {
        let labels = ReportLabels(resource.resource)
        guard labels.job != Self.reservedJob else {
            for metric in resource.scopes.lazy.flatMap(\.metrics) {
                refuse(.reservedJob, metric.name, points: metric.data.pointCount)
            }
            return
        }
        let first = report.points.count
        for scope in resource.scopes {
            for metric in scope.metrics { add(metric, scope.scope, labels) }
        }
        guard let info = labels.targetInfo(), let latest = report.points[first...].map(\.timeNanoseconds).max() else {
            return
        }
        report.points.append(
            ReportedPoint(series: report.series.count, timeNanoseconds: latest, value: .number(1)))
        report.series.append(
            ReportedSeries(name: ReportedSeries.targetInfo, help: "Target metadata", kind: .gauge, labels: info))
    }

    private mutating func add(_ metric: OTLPMetric, _ scope: InstrumentationScope, _ labels: ReportLabels) {
        let kind: ReportedSeries.Kind
        let naming: PrometheusNaming.Kind
        switch metric.data {
        case .gauge: (kind, naming) = (.gauge, .gauge)
        case .sum(_, _, let isMonotonic): (kind, naming) = isMonotonic ? (.counter, .counter) : (.gauge, .other)
        case .histogram: (kind, naming) = (.histogram, .other)
        case .exponentialHistogram: (kind, naming) = (.nativeHistogram, .other)
        case .summary: (kind, naming) = (.summary, .other)
        }
        guard let name = PrometheusNaming.metricName(metric.name, unit: metric.unit, kind: naming) else {
            return refuse(.invalidName, metric.name, points: metric.data.pointCount)
        }
        let series = ReportedSeries(
            name: name, help: metric.description, unit: PrometheusNaming.unitName(metric.unit), kind: kind, labels: [])
        switch metric.data {
        case .gauge(let points):
            for point in points {
                add(ReportedValues.point(point, isDelta: false), point.attributes, series, scope, labels)
            }
        case .sum(let points, let temporality, _):
            for point in points {
                add(
                    ReportedValues.point(point, isDelta: temporality == .delta), point.attributes, series, scope, labels
                )
            }
        case .histogram(let points, let temporality):
            for point in points {
                add(
                    ReportedValues.point(point, isDelta: temporality == .delta), point.attributes, series, scope, labels
                )
            }
        case .exponentialHistogram(let points, let temporality):
            for point in points {
                add(
                    ReportedValues.point(point, isDelta: temporality == .delta), point.attributes, series, scope, labels
                )
            }
        case .summary(let points):
            for point in points { add(ReportedValues.point(point), point.attributes, series, scope, labels) }
        }
    }

    private mutating func add(
        _ point: ReportedPoint?, _ attributes: [Attribute], _ series: ReportedSeries, _ scope: InstrumentationScope,
        _ labels: ReportLabels
    ) {
        guard var point else { return refuse(.invalidValue, series.name, points: 1) }
        point.series = report.series.count
        if point.timeNanoseconds == 0 { point.timeNanoseconds = received }
        var series = series
        series.labels = labels.labels(attributes, scope)
        report.series.append(series)
        report.points.append(point)
    }

    private mutating func refuse(_ refusal: PointRefusal, _ name: String, points: Int) {
        if points == 0 { return }
        outcome.refuse(refusal, name, points: points)
        refusals[refusal, default: 0] += points
    }
}

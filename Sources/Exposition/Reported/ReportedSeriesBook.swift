import Synchronization
import Telemetry

/// The series that OpenTelemetry's senders report, each with its last state: deltas added up, states taken over.
///
/// Points apply in the order in which they became durable; applied in that order again, they make the same series. A
/// series that got no point for `staleAfterNanoseconds`, or whose sender says that it has no value any more, is dropped:
/// Prometheus then sees it end.
public final class ReportedSeriesBook: Sendable {
    public struct Limits: Sendable {
        /// Points of further series are refused.
        public var series: Int
        public var labelsPerSeries: Int
        public var labelBytes: Int
        public var staleAfterNanoseconds: UInt64

        public init(
            series: Int = 20_000, labelsPerSeries: Int = 64, labelBytes: Int = 1024,
            staleAfterNanoseconds: UInt64 = 300_000_000_000
        ) {
            self.series = series
            self.labelsPerSeries = labelsPerSeries
            self.labelBytes = labelBytes
            self.staleAfterNanoseconds = staleAfterNanoseconds
        }
    }

    struct Key: Hashable {
        var name: String
        var labels: [MetricLabel]
    }

    struct Family {
        var kind: MetricFamily.Kind
        var help: String
        var unit: String
        var series: Int
    }

    struct State {
        var series: [Key: ReportedState] = [:]
        var families: [String: Family] = [:]
        var seriesEver: UInt64 = 0
        var taken: UInt64 = 0
        var refusals: [PointRefusal: UInt64] = [:]
        /// When stale series were last looked for because there was no room.
        var sweptNanoseconds: UInt64 = 0
    }

    let limits: Limits
    let state = Mutex(State())

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes a report whose points are durable. `nowNanoseconds` is the collector's clock.
    @discardableResult
    public func take(_ report: ReportedMetrics, nowNanoseconds now: UInt64) -> ReportedOutcome {
        state.withLock { state in
            var outcome = ReportedOutcome()
            for point in report.points {
                guard report.series.indices.contains(point.series) else { continue }
                let series = report.series[point.series]
                do throws(PointRefusal) {
                    try take(point, of: series, in: &state, now: now)
                    outcome.accepted += 1
                    state.taken += 1
                } catch {
                    // Told with every report, not only when it changes.
                    if series.name == ReportedSeries.targetInfo, error == .duplicate || error == .outOfOrder {
                        continue
                    }
                    state.refusals[error, default: 0] += 1
                    // What is there already is as good as taken.
                    if error == .duplicate { outcome.accepted += 1 } else { outcome.refuse(error, series.name) }
                }
            }
            return outcome
        }
    }

    /// Counts points that were refused before they came here.
    public func count(_ refusal: PointRefusal, points: Int) {
        state.withLock { $0.refusals[refusal, default: 0] += UInt64(points) }
    }

    /// The last state of every series, as points: taken by an empty book, they make the same series.
    public func states() -> ReportedMetrics {
        let (series, families) = state.withLock { ($0.series, $0.families) }
        var report = ReportedMetrics()
        report.series.reserveCapacity(series.count)
        report.points.reserveCapacity(series.count)
        for (key, state) in series.sorted(by: { $0.value.number < $1.value.number }) {
            let family = families[key.name]
            report.points.append(
                ReportedPoint(
                    series: report.series.count, startNanoseconds: state.startNanoseconds,
                    timeNanoseconds: state.timeNanoseconds, value: state.value, exemplars: state.exemplars))
            report.series.append(
                ReportedSeries(
                    name: key.name, help: family?.help ?? "", unit: family?.unit ?? "", kind: state.kind,
                    labels: key.labels))
        }
        return report
    }

    /// All series now; stale ones are dropped first. The lock is held for as long as it takes to look for them and to
    /// copy references.
    public func collect(nowNanoseconds now: UInt64) -> [MetricFamily] {
        let snapshot = state.withLock { state in
            dropStale(in: &state, now: now)
            return state
        }
        var families = snapshot.families.mapValues { family in
            MetricFamily(name: "", help: family.help, unit: family.unit, kind: family.kind)
        }
        for name in snapshot.families.keys { families[name]!.name = name }
        // Places are sorted, not samples: these would be retained with every move.
        var ordered = snapshot.series.indices.map { (number: snapshot.series.values[$0].number, index: $0) }
        ordered.sort { $0.number < $1.number }
        for (_, index) in ordered {
            let (key, state) = snapshot.series[index]
            guard let value = state.value.exposed else { continue }
            families[key.name]!.samples.append(
                MetricSample(
                    labels: key.labels, value: value, startNanoseconds: state.startNanoseconds,
                    exemplars: state.exemplars))
        }
        return families.values.sorted { $0.name < $1.name } + ownFamilies(snapshot)
    }

    private func ownFamilies(_ state: State) -> [MetricFamily] {
        [
            MetricFamily(
                name: "waybill_otlp_metric_series", help: "Series held for OpenTelemetry's senders.", kind: .gauge,
                samples: [MetricSample(labels: [], value: .number(Double(state.series.count)))]),
            MetricFamily(
                name: "waybill_otlp_metric_points_total", help: "Points taken from OpenTelemetry's senders.",
                kind: .counter, samples: [MetricSample(labels: [], value: .number(Double(state.taken)))]),
            MetricFamily(
                name: "waybill_otlp_metric_points_refused_total",
                help: "Points from OpenTelemetry's senders that were not taken, by reason.", kind: .counter,
                samples: PointRefusal.allCases.map { refusal in
                    MetricSample(
                        labels: [MetricLabel("reason", refusal.rawValue)],
                        value: .number(Double(state.refusals[refusal] ?? 0)))
                }),
        ]
    }
}

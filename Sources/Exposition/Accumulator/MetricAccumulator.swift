import Synchronization
import Telemetry

/// The collector's side of metric deltas: adds them up to the cumulative series that Prometheus scrapes.
///
/// Series are kept by (job, instance). When an instance comes back as a new incarnation its series start again from
/// zero, which Prometheus reads as a counter reset. A series that got no point for `staleAfterNanoseconds` is dropped.
public final class MetricAccumulator: Sendable {
    public struct Limits: Sendable {
        public var seriesPerExporter: Int
        public var series: Int
        public var labelsPerSeries: Int
        public var labelBytes: Int
        public var staleAfterNanoseconds: UInt64

        public init(
            seriesPerExporter: Int = 5000, series: Int = 100_000, labelsPerSeries: Int = 32, labelBytes: Int = 1024,
            staleAfterNanoseconds: UInt64 = 300_000_000_000
        ) {
            self.seriesPerExporter = seriesPerExporter
            self.series = series
            self.labelsPerSeries = labelsPerSeries
            self.labelBytes = labelBytes
            self.staleAfterNanoseconds = staleAfterNanoseconds
        }
    }

    struct ExporterKey: Hashable {
        var job: String
        var instance: String
    }

    struct Exporter {
        /// Who it is: another workload that takes its name cannot touch its series.
        var principal: String
        var incarnation: UInt64
        /// Earlier incarnations, newest last: their late batches must not undo a newer one's start.
        var retired: [UInt64] = []
        var series: [MetricSeries: AccumulatedSeries] = [:]
        var lastSeenNanoseconds: UInt64
    }

    struct State {
        var exporters: [ExporterKey: Exporter] = [:]
        var seriesCount = 0
        var seriesEver: UInt64 = 0
        var kinds: [String: FamilyKind] = [:]
        var refusals: [Refusal: UInt64] = [:]
    }

    /// What a name stands for; the first exporter to use it decides. `series` counts those alive.
    struct FamilyKind {
        var kind: MetricKind
        var help: String
        var series: Int
    }

    /// A point that was not taken, by cause; exposed as `waybill_metric_points_refused_total{reason}`.
    enum Refusal: String, CaseIterable {
        case invalidName = "invalid_name"
        case kindConflict = "kind_conflict"
        case invalidValue = "invalid_value"
        case seriesLimit = "series_limit"
        case staleIncarnation = "stale_incarnation"
        case foreignPrincipal = "foreign_principal"
    }

    static let retiredIncarnations = 8

    let limits: Limits
    let state = Mutex(State())

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Adds one batch. `principal` is the exporter's verified identity: an instance belongs to the first one that names
    /// it until its series are stale. `nowNanoseconds` is the collector's clock.
    public func add(
        _ batch: MetricBatch, job: String, instance: String, principal: String = "", incarnation: UInt64,
        nowNanoseconds: UInt64
    ) {
        state.withLock { state in
            let key = ExporterKey(job: job, instance: instance)
            var exporter =
                state.exporters.removeValue(forKey: key)
                ?? Exporter(principal: principal, incarnation: incarnation, lastSeenNanoseconds: nowNanoseconds)
            defer { state.exporters[key] = exporter }
            if exporter.principal != principal {
                guard nowNanoseconds > exporter.lastSeenNanoseconds &+ limits.staleAfterNanoseconds else {
                    state.refusals[.foreignPrincipal, default: 0] += UInt64(batch.points.count)
                    return
                }
                exporter.principal = principal
            }
            if exporter.incarnation != incarnation {
                if exporter.retired.contains(incarnation) {
                    state.refusals[.staleIncarnation, default: 0] += UInt64(batch.points.count)
                    return
                }
                exporter.retired.append(exporter.incarnation)
                if exporter.retired.count > Self.retiredIncarnations { exporter.retired.removeFirst() }
                exporter.incarnation = incarnation
                for series in exporter.series.keys { release(series, in: &state) }
                exporter.series.removeAll()
            }
            exporter.lastSeenNanoseconds = nowNanoseconds
            for point in batch.points {
                if let refusal = add(
                    point, of: batch, from: key, to: &exporter, in: &state, now: nowNanoseconds)
                {
                    state.refusals[refusal, default: 0] += 1
                }
            }
        }
    }

    /// The cumulative series, each with its `job` and `instance`; stale ones are dropped first. Series come in the order
    /// of their first points.
    ///
    /// The lock is held for as long as it takes to look for stale series and to copy references: exporters that send
    /// meanwhile copy their own series, at most `seriesPerExporter`, once.
    public func collect(nowNanoseconds: UInt64) -> [MetricFamily] {
        let snapshot = state.withLock { state in
            dropStale(in: &state, now: nowNanoseconds)
            return state
        }
        var families: [String: MetricFamily] = [:]
        for (name, kind) in snapshot.kinds {
            families[name] = MetricFamily(
                name: name, help: kind.help, unit: MetricName.unit(of: name), kind: kind.kind.exposed)
        }
        var numbered: [(number: UInt64, name: String, sample: MetricSample)] = []
        numbered.reserveCapacity(snapshot.seriesCount)
        for exporter in snapshot.exporters.values {
            for (series, accumulated) in exporter.series {
                numbered.append(
                    (
                        accumulated.number, series.name,
                        MetricSample(
                            labels: accumulated.labels, value: accumulated.sample(series.kind),
                            startNanoseconds: accumulated.startNanoseconds)
                    ))
            }
        }
        numbered.sort { $0.number < $1.number }
        for (_, name, sample) in numbered { families[name]?.samples.append(sample) }
        return families.values.sorted { $0.name < $1.name } + ownFamilies(snapshot)
    }
}

import Telemetry

extension MetricAccumulator {
    /// Adds one point, or says why not.
    func add(
        _ point: MetricPoint, of batch: MetricBatch, from key: ExporterKey, to exporter: inout Exporter,
        in state: inout State, now: UInt64
    ) -> Refusal? {
        guard batch.series.indices.contains(point.series) else { return .invalidValue }
        var series = batch.series[point.series]
        if exporter.series[series] == nil {
            if let refusal = admit(&series, of: batch, from: key, to: &exporter, in: &state, now: now) {
                return refusal
            }
        }
        guard exporter.series[series]!.add(point.value, kind: series.kind) else { return .invalidValue }
        exporter.series[series]!.updatedNanoseconds = now
        return nil
    }

    /// Makes room for a new series. At the limit of its exporter it is folded into the name's overflow series, whose
    /// label values are all `_overflow`: `series` is changed to that one.
    private func admit(
        _ series: inout MetricSeries, of batch: MetricBatch, from key: ExporterKey, to exporter: inout Exporter,
        in state: inout State, now: UInt64
    ) -> Refusal? {
        guard MetricName.isValid(series.name), series.labels.count <= limits.labelsPerSeries,
            series.labels.allSatisfy({
                MetricName.isValidLabel($0.name) && $0.value.utf8.count <= limits.labelBytes
            }), Set(series.labels.map(\.name)).count == series.labels.count
        else { return .invalidName }
        if case .histogram(let bounds) = series.kind, !Histogram.areValid(bounds) { return .invalidValue }
        if let known = state.kinds[series.name], known.kind.exposed != series.kind.exposed { return .kindConflict }
        if exporter.series.count >= limits.seriesPerExporter || state.seriesCount >= limits.series {
            for index in series.labels.indices { series.labels[index].value = MetricRegistry.overflowValue }
            state.refusals[.seriesLimit, default: 0] += 1
            if exporter.series[series] != nil { return nil }
            // The overflow series themselves are bounded by twice the limits: names come from the wire too.
            guard exporter.series.count < 2 * limits.seriesPerExporter, state.seriesCount < 2 * limits.series else {
                return .seriesLimit
            }
        }
        state.kinds[series.name, default: FamilyKind(kind: series.kind, help: series.help, series: 0)].series += 1
        state.seriesCount += 1
        state.seriesEver += 1
        exporter.series[series] = AccumulatedSeries(
            labels: labels(of: series, from: key), number: state.seriesEver,
            startNanoseconds: batch.startNanoseconds, updatedNanoseconds: now)
        return nil
    }

    func release(_ series: MetricSeries, in state: inout State) {
        state.seriesCount -= 1
        state.kinds[series.name]!.series -= 1
        if state.kinds[series.name]!.series == 0 { state.kinds[series.name] = nil }
    }

    func dropStale(in state: inout State, now: UInt64) {
        func isStale(_ time: UInt64) -> Bool { now > time && now - time > limits.staleAfterNanoseconds }
        // A scrape may hold the dictionaries of the one before: only what changes is written.
        for key in Array(state.exporters.keys) {
            let stale = state.exporters[key]!.series.filter { isStale($0.value.updatedNanoseconds) }.map(\.key)
            for series in stale {
                state.exporters[key]!.series[series] = nil
                release(series, in: &state)
            }
            if state.exporters[key]!.series.isEmpty, isStale(state.exporters[key]!.lastSeenNanoseconds) {
                state.exporters[key] = nil
            }
        }
    }

    /// The series' labels with `job` and `instance`; labels of those names become `exported_…`, as a scrape does it.
    func labels(of series: MetricSeries, from key: ExporterKey) -> [MetricLabel] {
        var labels = series.labels
        for index in labels.indices where labels[index].name == "job" || labels[index].name == "instance" {
            labels[index].name = "exported_" + labels[index].name
        }
        labels += [MetricLabel("job", key.job), MetricLabel("instance", key.instance)]
        return labels.sorted(by: MetricLabel.precedes)
    }

    /// What the accumulator says about itself.
    func ownFamilies(_ state: State) -> [MetricFamily] {
        [
            MetricFamily(
                name: "waybill_exporter_metric_series", help: "Series held for exporters.", kind: .gauge,
                samples: [MetricSample(labels: [], value: .number(Double(state.seriesCount)))]),
            MetricFamily(
                name: "waybill_metric_points_refused_total",
                help: "Points from exporters not taken as they came, by reason; series_limit ones are folded.",
                kind: .counter,
                samples: Refusal.allCases.map { refusal in
                    MetricSample(
                        labels: [MetricLabel("reason", refusal.rawValue)],
                        value: .number(Double(state.refusals[refusal] ?? 0)))
                }),
        ]
    }
}

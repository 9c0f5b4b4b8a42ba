import Telemetry

extension ReportedSeriesBook {
    func take(
        _ point: ReportedPoint, of series: ReportedSeries, in state: inout State, now: UInt64
    ) throws(PointRefusal) {
        let key = Key(name: series.name, labels: series.labels)
        if case .none = point.value {
            guard let known = state.series[key] else { return }
            if point.timeNanoseconds < known.timeNanoseconds { throw .outOfOrder }
            state.series[key] = nil
            release(series.name, in: &state)
            return
        }
        guard point.value.isValid(series.kind) else { throw .invalidValue }
        if state.series[key] != nil {
            guard state.families[series.name]?.kind == series.exposedKind else { throw .kindConflict }
            try state.series[key]!.take(point, now: now)
            return
        }
        try admit(series, in: &state, now: now)
        state.seriesEver += 1
        state.series[key] = ReportedState(point, kind: series.kind, number: state.seriesEver, now: now)
        state.families[series.name]!.series += 1
    }

    /// Makes sure that a new series may be.
    private func admit(_ series: ReportedSeries, in state: inout State, now: UInt64) throws(PointRefusal) {
        guard MetricName.isValid(series.name), series.labels.count <= limits.labelsPerSeries,
            series.labels.allSatisfy({
                MetricName.isValidLabel($0.name) && $0.value.utf8.count <= limits.labelBytes
            }), zip(series.labels, series.labels.dropFirst()).allSatisfy({ $0.name != $1.name })
        else { throw .invalidName }
        if let family = state.families[series.name] {
            guard family.kind == series.exposedKind else { throw .kindConflict }
        }
        // Once a second, room is made by looking for series that are stale.
        if state.series.count >= limits.series, now &- state.sweptNanoseconds > 1_000_000_000 {
            state.sweptNanoseconds = now
            dropStale(in: &state, now: now)
        }
        guard state.series.count < limits.series else { throw .seriesLimit }
        if state.families[series.name] == nil {
            state.families[series.name] = Family(
                kind: series.exposedKind, help: series.help, unit: series.unit, series: 0)
        }
    }

    private func release(_ name: String, in state: inout State) {
        state.families[name]!.series -= 1
        if state.families[name]!.series == 0 { state.families[name] = nil }
    }

    func dropStale(in state: inout State, now: UInt64) {
        func isStale(_ seen: UInt64) -> Bool { now > seen && now - seen > limits.staleAfterNanoseconds }
        let stale = state.series.filter { isStale($0.value.seenNanoseconds) }.map(\.key)
        for key in stale {
            state.series[key] = nil
            release(key.name, in: &state)
        }
    }
}

extension ReportedSeries {
    /// The series that carries a resource's other attributes.
    public static let targetInfo = "target_info"

    /// Prometheus' type; the two forms of histogram are one.
    var exposedKind: MetricFamily.Kind {
        switch kind {
        case .counter: .counter
        case .gauge: name == ReportedSeries.targetInfo ? .info : .gauge
        case .histogram, .nativeHistogram: .histogram
        case .summary: .summary
        }
    }
}

extension ReportedPoint.Value {
    /// Whether the value can be one of a series of this kind.
    func isValid(_ kind: ReportedSeries.Kind) -> Bool {
        switch (kind, self) {
        case (.counter, .number(let number)): number.isFinite && number >= 0
        case (.gauge, .number): true
        case (.histogram, .histogram(let histogram)):
            histogram.counts.count == histogram.bounds.count + 1
                && zip(histogram.bounds, histogram.bounds.dropFirst()).allSatisfy { $0 < $1 }
        case (.nativeHistogram, .native(let histogram)):
            NativeHistogram.schemas.contains(histogram.schema) && histogram.hasPossibleBuckets
        case (.summary, .summary): true
        default: false
        }
    }
}

extension NativeHistogram {
    /// Whether its buckets hold numbers that there are: the exponents of doubles go from -1074 to 1024.
    fileprivate var hasPossibleBuckets: Bool {
        let octaves = 1100
        let last = schema >= 0 ? octaves << Int(schema) : octaves >> Int(-schema) + 1
        return [positive, negative].allSatisfy { buckets in
            buckets.counts.isEmpty
                || Int(buckets.offset) >= -last && Int(buckets.offset) + buckets.counts.count <= last
        }
    }
}

import Interop
import Telemetry
import TraceQL

/// TraceQL metrics: what a query's spans come to over time.
extension TempoAPI {
    /// `/api/metrics/query_range`: a value for each step.
    func metricsRange(_ request: QueryRequest) throws -> HTTPAnswer {
        let asked = try TempoMetricsParameters(request, now: clock())
        let answer = try TraceMetrics(store: store).range(
            asked.query, start: asked.start, end: asked.end, step: asked.step, exemplars: asked.exemplars,
            isCancelled: request.http.isAbandoned)
        return .json(
            .ok,
            TempoSeries.range(
                answer.series.map { Self.series($0, step: asked.step) }, figures: Self.figures(answer),
                missing: Self.missing(answer)))
    }

    /// `/api/metrics/query`: one value for all of the time.
    func metricsInstant(_ request: QueryRequest) throws -> HTTPAnswer {
        let asked = try TempoMetricsParameters(request, now: clock())
        let answer = try TraceMetrics(store: store).instant(
            asked.query, start: asked.start, end: asked.end, isCancelled: request.http.isAbandoned)
        return .json(
            .ok,
            TempoSeries.instant(
                answer.series.map { Self.series($0, step: asked.end - asked.start) }, figures: Self.figures(answer),
                missing: Self.missing(answer)))
    }

    private static func series(_ series: MetricsSeries, step: UInt64) -> TempoSeries {
        TempoSeries(
            labels: series.labels,
            samples: series.samples.map { sample in
                TempoSeries.Sample(milliseconds: milliseconds(sample.timeNanoseconds), value: sample.value)
            },
            exemplars: series.exemplars.compactMap { exemplar in
                // A span that is only counted has no value of its own: it is shown on the line, at the step it is in.
                guard let value = exemplar.value ?? value(of: series, at: exemplar.timeNanoseconds, step: step) else {
                    return nil
                }
                return TempoSeries.Exemplar(
                    labels: [
                        Attribute("trace:id", .string(exemplar.traceID.description)),
                        Attribute("span:id", .string(exemplar.spanID.description)),
                    ], milliseconds: milliseconds(exemplar.timeNanoseconds), value: value)
            })
    }

    private static func value(of series: MetricsSeries, at time: UInt64, step: UInt64) -> Double? {
        series.samples.first { $0.timeNanoseconds >= time && $0.timeNanoseconds - time < step }?.value
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Int64 { Int64(nanoseconds / 1_000_000) }

    private static func figures(_ answer: TraceMetricsAnswer) -> TempoFigures {
        TempoFigures(
            inspectedTraces: answer.figures.inspectedTraces, inspectedBytes: UInt64(answer.figures.search.bytes),
            isComplete: !answer.isPartial)
    }

    private static func missing(_ answer: TraceMetricsAnswer) -> String? {
        answer.isPartial ? answer.gaps.map(\.description).joined(separator: " ") : nil
    }
}

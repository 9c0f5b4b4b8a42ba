import NIOCore
import Storage
import Telemetry
import TraceQL

/// Answers metrics queries: counts the spans that a query leaves, over time.
///
/// Spans are read newest first, so an answer whose budget ends early is right about the newest steps and says nothing of
/// the others. Where a query looks at spans alone, only those that match are read, and of them only the columns that it
/// takes, where columns hold them; else whole traces.
///
/// ```swift
/// let query = try TraceQuery.checked("{ kind = server } | rate() by (resource.service.name)")
/// let answer = try TraceMetrics(store: store).range(query, start: from, end: to, step: 60_000_000_000)
/// ```
public struct TraceMetrics: Sendable {
    private let store: Store

    public init(store: Store) { self.store = store }

    /// A sample at every multiple of `step` that `start…end` touches; times are Unix nanoseconds.
    ///
    /// - Throws: `.invalidQuery` for a query without a metrics function, and for more than `MetricsSteps.maximumCount`
    ///   steps; else only what concerns the whole store.
    public func range(
        _ query: TraceQuery, start: UInt64, end: UInt64, step: UInt64, exemplars: Int = 0,
        budget: TraceSearchRequest.Budget = .init(), isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> TraceMetricsAnswer {
        guard let steps = MetricsSteps(start: start, end: end, step: step) else {
            throw StoreError(
                .invalidQuery,
                "from \(start) to \(end) in steps of \(step) ns: a range has from 1 to \(MetricsSteps.maximumCount) steps"
            )
        }
        return try answer(query, steps, exemplars, budget, isCancelled)
    }

    /// One sample at `end`, of all between `start`, that not included, and `end`.
    public func instant(
        _ query: TraceQuery, start: UInt64, end: UInt64, exemplars: Int = 0,
        budget: TraceSearchRequest.Budget = .init(), isCancelled: () -> Bool = { false }
    ) throws(StoreError) -> TraceMetricsAnswer {
        guard let steps = MetricsSteps(instantFrom: start, to: end) else {
            throw StoreError(.invalidQuery, "from \(start) to \(end): the start lies before the end")
        }
        return try answer(query, steps, exemplars, budget, isCancelled)
    }

    /// About 240 points, in whole seconds, from five seconds on in multiples of five: what Tempo takes where no step is
    /// given.
    public static func defaultStep(start: UInt64, end: UInt64) -> UInt64 {
        let second: UInt64 = 1_000_000_000
        let wanted = (end > start ? end - start : 0) / 240
        let fives = wanted / (5 * second) * 5 * second
        return max(second, fives > 0 ? fives : wanted / second * second)
    }

    private func answer(
        _ query: TraceQuery, _ steps: MetricsSteps, _ exemplars: Int, _ budget: TraceSearchRequest.Budget,
        _ isCancelled: () -> Bool
    ) throws(StoreError) -> TraceMetricsAnswer {
        guard let stage = query.metrics else {
            throw StoreError(.invalidQuery, "a metrics query ends in a function such as rate()")
        }
        var limits = MetricsAccumulator.Limits()
        limits.exemplars = min(max(0, exemplars), 1000)
        var run = MetricsRun(
            store: store, evaluator: try TraceEvaluator(query), plan: SearchPlan(query), steps: steps, budget: budget,
            accumulator: MetricsAccumulator(stage, steps, limits: limits))
        let fields = stage.groups + (stage.function.field.map { [$0] } ?? [])
        if let columns = MetricsColumns(query) {
            try run.count(columns, isCancelled)
        } else if let condition = query.rowCondition, !fields.contains(where: \.concernsTrace) {
            try run.countSpans(condition, isCancelled)
        } else {
            try run.countTraces(isCancelled)
        }
        return run.answer(seriesLimit: limits.series)
    }
}

/// What a metrics query gives.
public struct TraceMetricsAnswer: Sendable {
    /// In the order of their labels.
    public var series: [MetricsSeries]
    /// Why samples may be missing; empty when none are.
    public var gaps: [TraceSearchGap]
    public var figures: TraceSearchAnswer.Figures

    public var isPartial: Bool { !gaps.isEmpty }
}

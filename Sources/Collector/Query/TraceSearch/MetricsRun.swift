import NIOCore
import Storage
import Telemetry
import TraceQL

/// One metrics query on its way through a store.
struct MetricsRun {
    let store: Store
    let evaluator: TraceEvaluator
    let plan: SearchPlan
    let steps: MetricsSteps
    let budget: TraceSearchRequest.Budget
    var accumulator: MetricsAccumulator
    private let started = NIODeadline.now()
    private var gaps: [TraceSearchGap] = []
    private var figures = TraceSearchAnswer.Figures()
    /// Of spans that started at this time or later none is missing.
    private var completeFrom: UInt64 = 0

    init(
        store: Store, evaluator: TraceEvaluator, plan: SearchPlan, steps: MetricsSteps,
        budget: TraceSearchRequest.Budget, accumulator: MetricsAccumulator
    ) {
        self.store = store
        self.evaluator = evaluator
        self.plan = plan
        self.steps = steps
        self.budget = budget
        self.accumulator = accumulator
    }

    /// Counts the spans for which `condition` holds, one by one.
    mutating func countSpans(_ condition: FieldExpression, _ isCancelled: () -> Bool) throws(StoreError) {
        try forEachCandidate(FilterPushdown.filter(condition), isCancelled) { run, match throws(StoreError) in
            let view = TraceView(alone: match.span)
            run.figures.inspectedSpans += 1
            if run.evaluator.fields.holds(condition, view, 0) { run.accumulator.observe(view, 0) }
        }
    }

    /// Counts what the pipeline leaves of each trace that has a candidate.
    mutating func countTraces(_ isCancelled: () -> Bool) throws(StoreError) {
        var seen: Set<TraceID> = []
        try forEachCandidate(plan.answer, isCancelled) { run, match throws(StoreError) in
            guard seen.insert(match.traceID).inserted else { return }
            let stored = try run.store.traceAnswer(match.traceID)
            for error in stored.unreadable {
                run.gaps.append(.unreadable(match.traceID, reason: error.description))
            }
            run.figures.inspectedTraces += 1
            run.figures.inspectedSpans += stored.spans.count
            let view = TraceView(stored.spans.map(\.span))
            for set in run.evaluator.spanSets(of: view, window: run.steps.window) {
                for row in set.rows { run.accumulator.observe(view, row) }
            }
        }
    }

    private mutating func forEachCandidate(
        _ filter: SpanFilter, _ isCancelled: () -> Bool,
        _ body: (inout MetricsRun, SpanMatch) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard filter != .none else { return }
        let query = SpanQuery(
            filter, from: steps.window.lowerBound, to: steps.window.upperBound, limit: SpanQuery.maximumLimit,
            maximumBytes: budget.bytes, maximumNanoseconds: budget.nanoseconds)
        let outcome = try store.forEachMatch(query, isCancelled: isCancelled) { match throws(StoreError) in
            if let gap = exhausted(isCancelled) {
                gaps.append(gap)
                completeFrom = match.startNanoseconds < .max ? match.startNanoseconds + 1 : .max
                return false
            }
            try body(&self, match)
            return true
        }
        figures.search.include(outcome.figures)
        gaps += outcome.gaps.map { .search($0) }
        completeFrom = max(completeFrom, outcome.searchedDownTo)
    }

    private func exhausted(_ isCancelled: () -> Bool) -> TraceSearchGap? {
        if figures.inspectedTraces >= budget.traces { return .traces(budget.traces) }
        if figures.inspectedSpans >= budget.spans { return .spans(budget.spans) }
        if isCancelled() { return .search(.cancelled) }
        let elapsed = UInt64(max(0, (NIODeadline.now() - started).nanoseconds))
        return elapsed >= budget.nanoseconds ? .search(.time(nanoseconds: budget.nanoseconds)) : nil
    }

    consuming func answer(seriesLimit: Int) -> TraceMetricsAnswer {
        if accumulator.isCut { gaps.append(.series(seriesLimit)) }
        return TraceMetricsAnswer(
            series: accumulator.series(completeFrom: completeFrom), gaps: gaps, figures: figures)
    }
}

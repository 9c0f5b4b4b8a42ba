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
    private var isStopped = false

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

    /// Counts spans without reading more of them than the columns that are asked for.
    mutating func count(_ columns: MetricsColumns, _ isCancelled: () -> Bool) throws(StoreError) {
        /// By group, plus one; 0 where it is not known yet, -1 where there are too many series.
        var series: [Int] = []
        try forEachCandidate(columns.filter, columns.projection, isCancelled) { run, match, groups throws(StoreError) in
            run.figures.inspectedSpans += 1
            switch match {
            case .whole(let span): run.accumulator.observe(TraceView(alone: span), 0)
            case .columns(let row):
                guard let group = row.group else { return run.accumulator.cutShort() }
                while series.count <= group { series.append(0) }
                if series[group] == 0 {
                    let found = run.accumulator.series(of: columns.values(groups.values(of: group)))
                    series[group] = found.map { $0 + 1 } ?? -1
                }
                guard series[group] > 0 else { return }
                run.accumulator.observe(
                    traceID: row.traceID, spanID: row.spanID, startNanoseconds: row.startNanoseconds,
                    value: row.number, series: series[group] - 1)
            }
        }
    }

    /// Counts the spans for which `condition` holds, one by one.
    mutating func countSpans(_ condition: FieldExpression, _ isCancelled: () -> Bool) throws(StoreError) {
        let filter = FilterPushdown.filter(condition)
        try forEachCandidate(filter, .whole, isCancelled) { run, match, _ throws(StoreError) in
            guard case .whole(let span) = match else { return }
            if let gap = run.exhausted(isCancelled) { return run.stop(gap, span.startNanoseconds) }
            let view = TraceView(alone: span)
            run.figures.inspectedSpans += 1
            if run.evaluator.fields.holds(condition, view, 0) { run.accumulator.observe(view, 0) }
        }
    }

    /// Counts what the pipeline leaves of each trace that has a candidate.
    mutating func countTraces(_ isCancelled: () -> Bool) throws(StoreError) {
        var seen: Set<TraceID> = []
        try forEachCandidate(plan.answer, .bare, isCancelled) { run, match, _ throws(StoreError) in
            guard seen.insert(match.traceID).inserted else { return }
            if let gap = run.exhausted(isCancelled) { return run.stop(gap, match.startNanoseconds) }
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
        _ filter: SpanFilter, _ projection: SpanProjection, _ isCancelled: () -> Bool,
        _ body: (inout MetricsRun, ProjectedSpan, SpanGroups) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard filter != .none else { return }
        let query = SpanQuery(
            filter, from: steps.window.lowerBound, to: steps.window.upperBound, maximumBytes: budget.bytes,
            maximumNanoseconds: budget.nanoseconds)
        let outcome = try store.forEachSpan(query, projection, isCancelled: isCancelled) {
            match, groups throws(StoreError) in
            try body(&self, match, groups)
            return !isStopped
        }
        figures.search.include(outcome.figures)
        gaps += outcome.gaps.map { .search($0) }
        completeFrom = max(completeFrom, outcome.searchedDownTo)
    }

    /// Ends the reading: of spans that start here, or earlier, some are not counted.
    private mutating func stop(_ gap: TraceSearchGap, _ start: UInt64) {
        gaps.append(gap)
        completeFrom = start < .max ? start + 1 : .max
        isStopped = true
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

import Telemetry

/// Counts spans into series. Fed with the spans that a query's pipeline leaves, in any order.
public struct MetricsAccumulator {
    /// Bounds of what is held in memory.
    public struct Limits: Sendable, Hashable {
        public var series = 1000
        /// Points of all series, and buckets of all histograms.
        public var cells = 2_000_000
        public var exemplars = 100

        public init() {}
    }

    /// What is known of one series so far.
    struct Draft {
        /// The values of its groups.
        let key: [Value]
        /// By step.
        var counts: [UInt64] = []
        var values: [Double] = []
        var histograms: [Int: Log2Histogram] = [:]
        var exemplars: [MetricsSeries.Exemplar] = []
        /// The last place of an exemplar: one a series at each.
        var lastExemplarPlace = -1

        init(key: [Value]) { self.key = key }
    }

    let stage: MetricsStage
    let steps: MetricsSteps
    private let limits: Limits
    /// By number of the series.
    private(set) var drafts: [Draft] = []
    private var numbers: [[Value]: Int] = [:]
    private var cells = 0
    /// Exemplars by place: all over the time, not only where the reading starts.
    private var exemplarCounts: [Int]
    /// Whether some series or buckets were left out, for there would have been too many.
    public private(set) var isCut = false

    public init(_ stage: MetricsStage, _ steps: MetricsSteps, limits: Limits = Limits()) {
        self.stage = stage
        self.steps = steps
        self.limits = limits
        exemplarCounts = [Int](repeating: 0, count: min(steps.count, max(0, limits.exemplars)))
        // Without groups there is one series, also where nothing matches.
        if stage.groups.isEmpty { _ = open([]) }
    }

    /// Counts the span in `row`.
    public mutating func observe(_ trace: TraceView, _ row: Int) {
        let span = trace.spans[row]
        guard let step = steps.index(of: span.startNanoseconds) else { return }
        var values: [Double] = []
        if let field = stage.function.field {
            values = Self.numbers(trace.value(field, row))
            if values.isEmpty { return }
        }
        guard let series = series(of: stage.groups.map { trace.value($0, row) }) else { return }
        for value in values { add(value, series, step) }
        if values.isEmpty { drafts[series].counts[step] += 1 }
        takeExemplar(span.traceID, span.spanID, span.startNanoseconds, values.first, series, step)
    }

    /// Counts a span of which only this is known, in a series that `series(of:)` gave.
    ///
    /// - Parameter value: what the function's field is for the span: durations in nanoseconds. Without it, a span is
    ///   counted only where the function has no field.
    public mutating func observe(
        traceID: TraceID, spanID: SpanID, startNanoseconds: UInt64, value: Double?, series: Int
    ) {
        guard let step = steps.index(of: startNanoseconds) else { return }
        if stage.function.field != nil {
            guard let value else { return }
            add(value, series, step)
        } else {
            drafts[series].counts[step] += 1
        }
        takeExemplar(traceID, spanID, startNanoseconds, value, series, step)
    }

    /// The series of spans that have these values, by group; `nil` where there are too many series.
    public mutating func series(of values: [Value]) -> Int? {
        let key = values.map(\.groupKey)
        return numbers[key] ?? open(key)
    }

    /// Spans were left out, for their series would have been too many.
    public mutating func cutShort() { isCut = true }

    /// Makes room for a series; `nil` where there is none.
    private mutating func open(_ key: [Value]) -> Int? {
        let isHistogram = stage.function.isHistogram
        guard drafts.count < limits.series, isHistogram || cells + steps.count <= limits.cells else {
            isCut = true
            return nil
        }
        var draft = Draft(key: key)
        if !isHistogram {
            cells += steps.count
            draft.counts = [UInt64](repeating: 0, count: steps.count)
            if stage.function.field != nil { draft.values = [Double](repeating: 0, count: steps.count) }
        }
        drafts.append(draft)
        numbers[key] = drafts.count - 1
        return drafts.count - 1
    }

    private mutating func add(_ value: Double, _ series: Int, _ step: Int) {
        switch stage.function {
        case .quantileOverTime, .histogramOverTime:
            guard cells < limits.cells else {
                isCut = true
                return
            }
            if drafts[series].histograms[step, default: Log2Histogram()].add(value) { cells += 1 }
        default: drafts[series].add(value, step, stage.function)
        }
    }

    /// Durations in nanoseconds; other numbers as they are; of a list each.
    private static func numbers(_ value: Value) -> [Double] {
        switch value {
        case .int(let value), .duration(let value): [Double(value)]
        case .double(let value): value.isFinite ? [value] : []
        case .list(let values): values.flatMap(numbers)
        default: []
        }
    }

    private mutating func takeExemplar(
        _ trace: TraceID, _ span: SpanID, _ start: UInt64, _ value: Double?, _ series: Int, _ step: Int
    ) {
        guard !exemplarCounts.isEmpty else { return }
        let place = step * exemplarCounts.count / steps.count
        let most = (limits.exemplars + exemplarCounts.count - 1) / exemplarCounts.count
        guard exemplarCounts[place] < most, drafts[series].lastExemplarPlace != place else { return }
        exemplarCounts[place] += 1
        drafts[series].lastExemplarPlace = place
        drafts[series].exemplars.append(
            MetricsSeries.Exemplar(traceID: trace, spanID: span, timeNanoseconds: start, value: value))
    }
}

extension MetricsAccumulator.Draft {
    fileprivate mutating func add(_ value: Double, _ step: Int, _ function: MetricsStage.Function) {
        let isFirst = counts[step] == 0
        counts[step] += 1
        switch function {
        case .minOverTime: values[step] = isFirst ? value : min(values[step], value)
        case .maxOverTime: values[step] = isFirst ? value : max(values[step], value)
        default: values[step] += value
        }
    }
}

extension MetricsStage.Function {
    var isHistogram: Bool {
        switch self {
        case .quantileOverTime, .histogramOverTime: true
        default: false
        }
    }
}

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
        /// By step.
        var counts: [UInt64] = []
        var values: [Double] = []
        var histograms: [Int: Log2Histogram] = [:]
        var exemplars: [MetricsSeries.Exemplar] = []
        /// The last place of an exemplar: one a series at each.
        var lastExemplarPlace = -1
    }

    let stage: MetricsStage
    let steps: MetricsSteps
    private let limits: Limits
    private(set) var drafts: [[Value]: Draft] = [:]
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
        let key = stage.groups.map { trace.value($0, row).groupKey }
        if drafts[key] == nil {
            guard open(key) else { return }
        }
        for value in values { add(value, key, step) }
        if values.isEmpty { drafts[key]?.counts[step] += 1 }
        takeExemplar(span, values.first, key, step)
    }

    /// Makes room for a series; false where there is none.
    private mutating func open(_ key: [Value]) -> Bool {
        let isHistogram = stage.function.isHistogram
        guard drafts.count < limits.series, isHistogram || cells + steps.count <= limits.cells else {
            isCut = true
            return false
        }
        var draft = Draft()
        if !isHistogram {
            cells += steps.count
            draft.counts = [UInt64](repeating: 0, count: steps.count)
            if stage.function.field != nil { draft.values = [Double](repeating: 0, count: steps.count) }
        }
        drafts[key] = draft
        return true
    }

    private mutating func add(_ value: Double, _ key: [Value], _ step: Int) {
        switch stage.function {
        case .quantileOverTime, .histogramOverTime:
            guard cells < limits.cells else {
                isCut = true
                return
            }
            if drafts[key]?.histograms[step, default: Log2Histogram()].add(value) == true { cells += 1 }
        default:
            guard let index = drafts.index(forKey: key) else { return }
            drafts.values[index].add(value, step, stage.function)
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

    private mutating func takeExemplar(_ span: Span, _ value: Double?, _ key: [Value], _ step: Int) {
        guard !exemplarCounts.isEmpty else { return }
        let place = step * exemplarCounts.count / steps.count
        let most = (limits.exemplars + exemplarCounts.count - 1) / exemplarCounts.count
        guard exemplarCounts[place] < most, let index = drafts.index(forKey: key),
            drafts.values[index].lastExemplarPlace != place
        else { return }
        exemplarCounts[place] += 1
        drafts.values[index].lastExemplarPlace = place
        drafts.values[index].exemplars.append(
            MetricsSeries.Exemplar(
                traceID: span.traceID, spanID: span.spanID, timeNanoseconds: span.startNanoseconds, value: value))
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

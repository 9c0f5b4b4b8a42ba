/// The data of a metric while it is read: temporality and monotony may come after the points.
struct MetricDataDraft {
    /// The members of the `oneof`, by their field numbers.
    enum Kind: UInt8 {
        case gauge = 5
        case sum = 7
        case histogram = 9
        case exponentialHistogram = 10
        case summary = 11
    }

    private(set) var kind: Kind?
    var temporality: Int32 = 0
    var isMonotonic = false
    var numbers: [OTLPNumberPoint] = []
    var histograms: [OTLPHistogramPoint] = []
    var exponentialHistograms: [OTLPExponentialHistogramPoint] = []
    var summaries: [OTLPSummaryPoint] = []

    /// A member begins. The same one again goes on; another one takes the place of the first.
    mutating func begin(_ kind: Kind) {
        if self.kind == kind { return }
        self = MetricDataDraft()
        self.kind = kind
    }

    var pointCount: Int { numbers.count + histograms.count + exponentialHistograms.count + summaries.count }

    /// `nil` when nothing was begun, or when a temporality is needed and missing.
    var data: OTLPMetricData? {
        let temporality = OTLPTemporality(rawValue: temporality)
        switch kind {
        case nil: return nil
        case .gauge: return .gauge(numbers)
        case .summary: return .summary(summaries)
        case .sum: return temporality.map { .sum(numbers, temporality: $0, isMonotonic: isMonotonic) }
        case .histogram: return temporality.map { .histogram(histograms, temporality: $0) }
        case .exponentialHistogram:
            return temporality.map { .exponentialHistogram(exponentialHistograms, temporality: $0) }
        }
    }
}

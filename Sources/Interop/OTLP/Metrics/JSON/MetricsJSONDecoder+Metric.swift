import Telemetry

extension MetricsJSONDecoder {
    /// `Metric`; `nil` when it has no data or cannot be used.
    mutating func metric() throws(DecodeFault) -> OTLPMetric? {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.metric)
        var metric = OTLPMetric(name: "", data: .gauge([]))
        var draft = MetricDataDraft()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .name: metric.name = try text()
            case .description: metric.description = try text()
            case .unit: metric.unit = try text()
            case .metadata: metric.metadata = try attributes()
            case .gauge: try data(.gauge, &draft)
            case .sum: try data(.sum, &draft)
            case .histogram: try data(.histogram, &draft)
            case .exponentialHistogram: try data(.exponentialHistogram, &draft)
            case .summary: try data(.summary, &draft)
            default: try reader.skip()
            }
        }
        guard draft.kind != nil else { return nil }
        let data = draft.data
        let rules = account.rules
        let reason =
            rules.check(
                name: metric.name, description: metric.description, unit: metric.unit, metadata: metric.metadata)
            ?? (data == nil ? .missingTemporality : nil)
        guard account.endMetric(draft.pointCount, reason, at: start), let data else { return nil }
        metric.data = data
        return metric
    }

    /// `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram`, `Summary`. A metric has one of them.
    private mutating func data(
        _ kind: MetricDataDraft.Kind, _ draft: inout MetricDataDraft
    ) throws(DecodeFault) {
        if draft.kind != nil { throw .twoMembers }
        draft.begin(kind)
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .dataPoints:
                try reader.enterArray()
                var isFirst = true
                while try reader.nextElement(&isFirst) { try point(&draft) }
            case .aggregationTemporality: draft.temporality = try temporality()
            case .isMonotonic: draft.isMonotonic = try reader.bool()
            default: try reader.skip()
            }
        }
    }

    /// By number or name. A name that is not known is none: the points are rejected for that.
    private mutating func temporality() throws(DecodeFault) -> Int32 {
        guard let word = try reader.word() else { return try reader.signed32() }
        if JSONReader.equal(word, "AGGREGATION_TEMPORALITY_DELTA") { return OTLPTemporality.delta.rawValue }
        if JSONReader.equal(word, "AGGREGATION_TEMPORALITY_CUMULATIVE") { return OTLPTemporality.cumulative.rawValue }
        return 0
    }

    private mutating func point(_ draft: inout MetricDataDraft) throws(DecodeFault) {
        let start = reader.position
        let rules = account.rules
        try account.beginPoint()
        switch draft.kind {
        case .gauge, .sum, nil:
            let point = try numberPoint()
            if account.endPoint(rules.check(point), at: start) { draft.numbers.append(point) }
        case .histogram:
            let point = try histogramPoint()
            if account.endPoint(rules.check(point), at: start) { draft.histograms.append(point) }
        case .exponentialHistogram:
            let point = try exponentialHistogramPoint()
            if account.endPoint(rules.check(point), at: start) { draft.exponentialHistograms.append(point) }
        case .summary:
            let point = try summaryPoint()
            if account.endPoint(rules.check(point), at: start) { draft.summaries.append(point) }
        }
    }
}

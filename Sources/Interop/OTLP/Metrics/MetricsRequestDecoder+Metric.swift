import Telemetry

extension MetricsRequestDecoder {
    /// `Metric`; `nil` when it has no data or cannot be used.
    mutating func metric() throws(DecodeFault) -> OTLPMetric? {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.metric)
        var metric = OTLPMetric(name: "", data: .gauge([]))
        var draft = MetricDataDraft()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: metric.name = try text()
            case 2 << 3 | 2: metric.description = try text()
            case 3 << 3 | 2: metric.unit = try text()
            case 5 << 3 | 2, 7 << 3 | 2, 9 << 3 | 2, 10 << 3 | 2, 11 << 3 | 2:
                let outer = reader.enter(try reader.body())
                draft.begin(MetricDataDraft.Kind(rawValue: UInt8(tag >> 3))!)
                try data(&draft)
                reader.leave(outer)
            case 12 << 3 | 2: try attribute(into: &metric.metadata)
            default: try reader.skip(tag, known: 0b1_1110_1010_1110)
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

    /// `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram`, `Summary`: they number their fields alike.
    private mutating func data(_ draft: inout MetricDataDraft) throws(DecodeFault) {
        let known: UInt64 =
            switch draft.kind {
            case .gauge, .summary, nil: 0b10
            case .histogram, .exponentialHistogram: 0b110
            case .sum: 0b1110
            }
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try point(&draft)
                reader.leave(outer)
            case 2 << 3 where known & 0b100 != 0: draft.temporality = Int32(truncatingIfNeeded: try reader.varint())
            case 3 << 3 where known & 0b1000 != 0: draft.isMonotonic = try reader.varint() != 0
            default: try reader.skip(tag, known: known)
            }
        }
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

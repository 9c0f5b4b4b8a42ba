import Telemetry

/// What a metrics request has cost so far and what of it was unusable: kept by the decoder of each encoding.
struct MetricsAccount {
    let limits: OTLPMetricsLimits
    let rules: OTLPPointRules
    private(set) var memoryBytes = 0
    private(set) var points = 0
    private(set) var rejected = 0
    private(set) var first: OTLPPointRejection?
    /// Why the point (or resource, or scope) being read cannot be used; the first reason stays.
    private(set) var pending: OTLPPointRejection?

    /// Estimates of what values take, arrays' own bookkeeping included.
    enum Cost {
        static let resource = 256
        static let scope = 256
        static let metric = 256
        static let point = 320
        static let exemplar = 128
        static let attribute = 96
        static let number = 16
    }

    init(limits: OTLPMetricsLimits) {
        self.limits = limits
        rules = OTLPPointRules(limits: limits)
    }

    /// Counts memory before it is taken.
    mutating func charge(_ bytes: Int) throws(DecodeFault) {
        memoryBytes += bytes
        if memoryBytes > limits.maximumMemoryBytes { throw .tooMuchMemory }
    }

    /// Counts a point before it is read.
    mutating func beginPoint() throws(DecodeFault) {
        points += 1
        if points > limits.maximumPoints { throw .tooManyPoints }
        try charge(Cost.point)
    }

    /// Notes why the element being read is unusable.
    mutating func reject(_ reason: OTLPPointRejection.Reason, at offset: Int) {
        if pending == nil { pending = OTLPPointRejection(reason: reason, offset: offset) }
    }

    /// Ends a point that starts at `offset`: whether it can be used.
    mutating func endPoint(_ reason: OTLPPointRejection.Reason?, at offset: Int) -> Bool {
        if let reason { reject(reason, at: offset) }
        return !takePending(rejecting: 1)
    }

    /// Ends a metric with `count` usable points that starts at `offset`: whether it can be used.
    mutating func endMetric(_ count: Int, _ reason: OTLPPointRejection.Reason?, at offset: Int) -> Bool {
        if let reason { reject(reason, at: offset) }
        return !takePending(rejecting: count)
    }

    /// Ends a resource or a scope: one that is beyond a limit refuses the request.
    mutating func end(_ reason: OTLPPointRejection.Reason?, at offset: Int) throws(DecodeFault) {
        if let reason { reject(reason, at: offset) }
        if pending != nil { throw .unusableResource }
    }

    private mutating func takePending(rejecting count: Int) -> Bool {
        guard let pending else { return false }
        rejected += count
        if first == nil, count > 0 { first = pending }
        self.pending = nil
        return true
    }

    func outcome(_ metrics: OTLPMetrics, path: (Int) -> String) -> OTLPMetricsOutcome {
        OTLPMetricsOutcome(
            metrics: metrics, accepted: metrics.pointCount, rejected: rejected,
            firstRejection: first.map { "\(path($0.offset)), at byte \($0.offset): \($0.sentence(limits))" },
            memoryBytes: memoryBytes)
    }

    /// The sentence for a fault that is a limit; `nil` for any other.
    func limitSentence(_ fault: DecodeFault) -> String? {
        switch fault {
        case .tooManyPoints: "the request has more than \(limits.maximumPoints) data points (limit requestPoints)"
        case .tooMuchMemory:
            "the request takes more than \(limits.maximumMemoryBytes) bytes in memory (limit metricBytes)"
        case .unusableResource: pending?.sentence(limits)
        default: nil
        }
    }
}

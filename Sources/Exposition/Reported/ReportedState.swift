import Telemetry

/// The last state of a reported series.
struct ReportedState: Sendable {
    var kind: ReportedSeries.Kind
    /// Of all series, the how many-th to appear.
    let number: UInt64
    /// When counting began and of what time the state is, on the sender's clock.
    var startNanoseconds: UInt64
    var timeNanoseconds: UInt64
    var value: ReportedPoint.Value
    var exemplars: [MetricExemplar]
    /// On the collector's clock.
    var seenNanoseconds: UInt64

    init(_ point: ReportedPoint, kind: ReportedSeries.Kind, number: UInt64, now: UInt64) {
        self.kind = kind
        self.number = number
        startNanoseconds = point.startNanoseconds
        timeNanoseconds = point.timeNanoseconds
        value = point.value
        exemplars = point.exemplars
        seenNanoseconds = now
    }

    /// Takes a later point.
    mutating func take(_ point: ReportedPoint, now: UInt64) throws(PointRefusal) {
        if point.timeNanoseconds < timeNanoseconds { throw .outOfOrder }
        if point.timeNanoseconds == timeNanoseconds {
            // A delta of a time that is counted already is one that was sent again.
            if point.isDelta || point.value == value { throw .duplicate }
            throw .sameTime
        }
        if point.isDelta {
            try add(point)
        } else {
            replace(point)
        }
        timeNanoseconds = point.timeNanoseconds
        seenNanoseconds = now
        if !point.exemplars.isEmpty { exemplars = point.exemplars }
    }

    private mutating func add(_ point: ReportedPoint) throws(PointRefusal) {
        switch (value, point.value) {
        case (.number(let total), .number(let growth)):
            value = .number(total + growth)
        case (.histogram(var total), .histogram(let growth)):
            if total.add(growth) {
                value = .histogram(total)
            } else {
                // Under other bounds the counts begin anew.
                value = point.value
                startNanoseconds = point.startNanoseconds
            }
        case (.native(var total), .native(let growth)):
            total.add(growth)
            value = .native(total)
        default: throw .kindConflict
        }
    }

    private mutating func replace(_ point: ReportedPoint) {
        if point.startNanoseconds != 0 {
            startNanoseconds = point.startNanoseconds
        } else if point.value.count < value.count {
            // A sender that gives no start began again after its last point.
            startNanoseconds = timeNanoseconds
        }
        value = point.value
    }
}

extension ReportedPoint.Value {
    /// What may not fall without a reset.
    fileprivate var count: Double {
        switch self {
        case .none: 0
        case .number(let number): number
        case .histogram(let histogram): Double(histogram.count)
        case .native(let histogram): Double(histogram.count)
        case .summary(let summary): Double(summary.count)
        }
    }

    /// As it is exposed; nothing where there is no value.
    var exposed: MetricSample.Value? {
        switch self {
        case .none: nil
        case .number(let number): .number(number)
        case .histogram(let histogram): .histogram(classic: histogram, native: nil)
        case .native(let histogram): .histogram(classic: nil, native: histogram)
        case .summary(let summary): .summary(summary)
        }
    }
}

/// The points in time of a metrics query. The sample at a point speaks of the spans that started in the step before it,
/// the point itself included, as Prometheus' ranges do. Points are multiples of the step, so that the same question a
/// little later has the same points.
public struct MetricsSteps: Sendable, Hashable {
    /// The most points that are asked for at once, as in Prometheus.
    public static let maximumCount = 11_000

    /// Where the first step starts, Unix nanoseconds; that moment is not in it.
    public let start: UInt64
    public let step: UInt64
    public let count: Int

    /// The steps that `start…end` touches; `nil` where there are none or too many.
    public init?(start: UInt64, end: UInt64, step: UInt64) {
        guard step > 0, start < end else { return nil }
        let first = start / step
        let last = end / step + (end % step == 0 ? 0 : 1)
        guard last - first <= UInt64(Self.maximumCount), !last.multipliedReportingOverflow(by: step).overflow else {
            return nil
        }
        self.start = first * step
        self.step = step
        count = Int(last - first)
    }

    /// One step from `start` to `end`, whatever they are.
    public init?(instantFrom start: UInt64, to end: UInt64) {
        guard start < end else { return nil }
        self.start = start
        step = end - start
        count = 1
    }

    /// What starts in it is counted.
    public var window: ClosedRange<UInt64> { start + 1...start + step * UInt64(count) }

    public func time(_ index: Int) -> UInt64 { start + step * UInt64(index + 1) }

    func index(of time: UInt64) -> Int? {
        guard window.contains(time) else { return nil }
        return Int((time - start - 1) / step)
    }

    var seconds: Double { Double(step) / 1e9 }
}

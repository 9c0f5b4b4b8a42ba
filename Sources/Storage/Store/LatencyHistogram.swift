/// Counts of durations by upper bound.
public struct LatencyHistogram: Sendable, Hashable {
    /// Upper bounds in seconds; the last bucket, up to infinity, is implied.
    public static let bounds: [Double] = [
        0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Not cumulative; one more than `bounds`.
    public private(set) var counts = [UInt64](repeating: 0, count: LatencyHistogram.bounds.count + 1)
    public private(set) var sumSeconds = 0.0

    public init() {}

    public mutating func record(nanoseconds: UInt64) {
        let seconds = Double(nanoseconds) / 1e9
        counts[LatencyHistogram.bounds.firstIndex { seconds <= $0 } ?? LatencyHistogram.bounds.count] += 1
        sumSeconds += seconds
    }
}

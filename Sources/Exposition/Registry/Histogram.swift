import Synchronization

/// Counts observations by fixed upper bounds. Observing is two atomic instructions; any thread may observe.
public final class Histogram: Sendable {
    /// Ascending and finite; the bucket up to infinity is implied.
    public let bounds: [Double]
    private let counts: Buckets
    private let total = AtomicDouble(0)

    /// The buckets' memory, freed with the histogram.
    private struct Buckets: @unchecked Sendable, ~Copyable {
        let base: UnsafeMutablePointer<Atomic<UInt64>>
        let count: Int

        init(count: Int) {
            self.count = count
            base = .allocate(capacity: count)
            for index in 0..<count { (base + index).initialize(to: Atomic(0)) }
        }

        deinit {
            base.deinitialize(count: count)
            base.deallocate()
        }
    }

    /// Latencies in seconds, from 100 µs to 10 s.
    public static let latencySeconds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    public static let maximumBounds = 64

    init(bounds: [Double]) {
        precondition(Self.areValid(bounds), "a histogram needs 1 to 64 finite, ascending bounds")
        self.bounds = bounds
        counts = Buckets(count: bounds.count + 1)
    }

    static func areValid(_ bounds: [Double]) -> Bool {
        (1...maximumBounds).contains(bounds.count) && bounds.allSatisfy(\.isFinite)
            && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
    }

    public func observe(_ value: Double) {
        if value.isNaN { return }
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        counts.base[low].wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    public func observe(nanoseconds: UInt64) { observe(Double(nanoseconds) * 1e-9) }

    /// Follows a histogram that is counted elsewhere with the same bounds: `counts` (not cumulative) and `sum` replace
    /// what is here.
    public func follow(counts newCounts: [UInt64], sum: Double) {
        precondition(newCounts.count == counts.count, "one count more than bounds")
        for (index, count) in newCounts.enumerated() { counts.base[index].store(count, ordering: .relaxed) }
        total.store(sum)
    }

    /// Counts by bucket, not cumulative.
    public var bucketCounts: [UInt64] { (0..<counts.count).map { counts.base[$0].load(ordering: .relaxed) } }
    public var sum: Double { total.value }
}

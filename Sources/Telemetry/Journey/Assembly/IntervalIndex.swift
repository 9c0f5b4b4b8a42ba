/// Finds the intervals that contain another one: sorted by start, with a tree of the latest end over them.
struct IntervalIndex {
    struct Interval {
        var start: UInt64
        var end: UInt64
        /// What the interval stands for.
        var value: Int
    }

    private let intervals: [Interval]
    /// A perfect binary tree; node `i` has the children `2i` and `2i + 1`, leaves start at `leaves`.
    private var latestEnd: [UInt64]
    private let leaves: Int

    init(_ unsorted: [Interval]) {
        intervals = unsorted.sorted { ($0.start, $0.value) < ($1.start, $1.value) }
        var leaves = 1
        while leaves < intervals.count { leaves *= 2 }
        self.leaves = leaves
        latestEnd = [UInt64](repeating: 0, count: 2 * leaves)
        for (index, interval) in intervals.enumerated() { latestEnd[leaves + index] = interval.end }
        for node in stride(from: leaves - 1, to: 0, by: -1) {
            latestEnd[node] = max(latestEnd[2 * node], latestEnd[2 * node + 1])
        }
    }

    /// The values of the intervals that contain `start...end`, the latest start first; at most `limit`.
    func containing(_ start: UInt64, _ end: UInt64, limit: Int) -> [Int] {
        var low = 0
        var high = intervals.count
        while low < high {
            let middle = (low + high) / 2
            if intervals[middle].start <= start { low = middle + 1 } else { high = middle }
        }
        var found: [Int] = []
        var before = low
        while found.count < limit, let index = last(before: before, endingAtOrAfter: end) {
            found.append(intervals[index].value)
            before = index
        }
        return found
    }

    /// The last interval in front of `before` that ends at `end` or later.
    private func last(before: Int, endingAtOrAfter end: UInt64) -> Int? {
        guard before > 0 else { return nil }
        // Climb until a subtree wholly in front of `before` has a late enough end, then descend into it.
        var node = leaves + before - 1
        while latestEnd[node] < end {
            while node > 1, node % 2 == 0 { node /= 2 }
            if node <= 1 { return nil }
            node -= 1
        }
        while node < leaves { node = latestEnd[2 * node + 1] >= end ? 2 * node + 1 : 2 * node }
        return node - leaves
    }
}

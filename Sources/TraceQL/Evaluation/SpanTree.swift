import Telemetry

/// How the spans of a trace hang together. Made in time linear in the spans.
///
/// A parent is found by its id. Where a client and a server share one (Zipkin's way), the server hangs below the client,
/// and what names that id as its parent below the server. Of spans that are each other's parents, one is let go.
struct SpanTree {
    /// By span: its parent, -1 where it has none that is stored.
    private(set) var parents: [Int]
    /// Every span after its parent.
    private(set) var order: [Int] = []
    private(set) var childCounts: [Int]
    /// By span: which spans have the same parent, stored or not; -1 for spans that have none.
    private(set) var siblings: [Int]
    private(set) var siblingGroups = 0
    /// The nested-set numbers, from 1.
    private(set) var left: [Int]
    private(set) var right: [Int]
    /// The span that the trace began with: the first to start of those without a parent; where none is stored, of those
    /// whose parent is not.
    private(set) var root = 0

    /// A tree of one span.
    static let single = SpanTree(
        [Span(traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), name: "", startNanoseconds: 0, endNanoseconds: 0)])

    init(_ spans: [Span]) {
        let count = spans.count
        parents = [Int](repeating: -1, count: count)
        childCounts = [Int](repeating: 0, count: count)
        siblings = [Int](repeating: -1, count: count)
        left = [Int](repeating: 0, count: count)
        right = [Int](repeating: 0, count: count)
        findParents(spans)
        cutCycles()
        for parent in parents where parent >= 0 { childCounts[parent] += 1 }
        groupSiblings(spans)
        number()
        findRoot(spans)
    }

    private mutating func findParents(_ spans: [Span]) {
        var first: [SpanID: Int] = [:]
        first.reserveCapacity(spans.count)
        // Only where ids are shared: the first client and the first server among them.
        var callers: [SpanID: Int] = [:]
        var callees: [SpanID: Int] = [:]
        for (row, span) in spans.enumerated() {
            guard let known = first[span.spanID] else {
                first[span.spanID] = row
                continue
            }
            for shared in [known, row] {
                if spans[shared].kind == .client, callers[span.spanID] == nil { callers[span.spanID] = shared }
                if spans[shared].kind == .server, callees[span.spanID] == nil { callees[span.spanID] = shared }
            }
        }
        for (row, span) in spans.enumerated() {
            if span.kind == .server, let caller = callers[span.spanID] {
                parents[row] = caller
            } else if span.parentSpanID.isValid,
                let parent = callees[span.parentSpanID] ?? first[span.parentSpanID], parent != row
            {
                parents[row] = parent
            }
        }
    }

    private mutating func cutCycles() {
        var state = [UInt8](repeating: 0, count: parents.count)
        var path: [Int] = []
        for start in parents.indices where state[start] == 0 {
            path.removeAll(keepingCapacity: true)
            var row = start
            while row >= 0, state[row] == 0 {
                state[row] = 1
                path.append(row)
                row = parents[row]
            }
            if row >= 0, state[row] == 1 { parents[row] = -1 }
            for visited in path { state[visited] = 2 }
        }
    }

    private mutating func groupSiblings(_ spans: [Span]) {
        // By parent, its number; parents that are not stored have the numbers behind.
        var missing: [SpanID: Int] = [:]
        siblingGroups = spans.count
        for (row, span) in spans.enumerated() {
            if parents[row] >= 0 {
                siblings[row] = parents[row]
            } else if span.parentSpanID.isValid {
                if let known = missing[span.parentSpanID] {
                    siblings[row] = known
                } else {
                    missing[span.parentSpanID] = siblingGroups
                    siblings[row] = siblingGroups
                    siblingGroups += 1
                }
            }
        }
    }

    private mutating func number() {
        let count = parents.count
        var firstChild = [Int](repeating: -1, count: count)
        var nextSibling = [Int](repeating: -1, count: count)
        var stack: [Int] = []
        for row in parents.indices.reversed() {
            if parents[row] < 0 {
                stack.append(row)
            } else {
                nextSibling[row] = firstChild[parents[row]]
                firstChild[parents[row]] = row
            }
        }
        order.reserveCapacity(count)
        var next = 1
        while let row = stack.last {
            if left[row] == 0 {
                left[row] = next
                next += 1
                order.append(row)
            }
            let child = firstChild[row]
            if child >= 0 {
                firstChild[row] = nextSibling[child]
                stack.append(child)
            } else {
                right[row] = next
                next += 1
                stack.removeLast()
            }
        }
    }

    private mutating func findRoot(_ spans: [Span]) {
        var best: (isOrphan: Int, start: UInt64)?
        for (row, span) in spans.enumerated() where parents[row] < 0 {
            let candidate = (span.parentSpanID.isValid ? 1 : 0, span.startNanoseconds)
            if let best, best <= candidate { continue }
            best = candidate
            root = row
        }
    }

    /// -1 for a span without a parent, 0 where the parent is not stored, else the parent's left number.
    func nestedSetParent(_ row: Int, of span: Span) -> Int {
        parents[row] >= 0 ? left[parents[row]] : span.parentSpanID.isValid ? 0 : -1
    }
}

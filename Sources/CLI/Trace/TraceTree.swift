import Telemetry

/// The spans of one trace in pre-order, children by start time. Parents that are not stored, and circles of parents,
/// make roots.
struct TraceTree {
    struct Node {
        var span: Span
        var depth: Int
        /// The parent id, where no span with that id is stored.
        var missingParent: SpanID?
    }

    private(set) var nodes: [Node] = []

    init(_ unsorted: [Span]) {
        let spans = unsorted.sorted {
            ($0.startNanoseconds, $0.spanID, $0.kind == .server ? 1 : 0, $0.name)
                < ($1.startNanoseconds, $1.spanID, $1.kind == .server ? 1 : 0, $1.name)
        }
        // Where two spans share an id, what they called hangs below the callee.
        var positions: [SpanID: Int] = [:]
        for (position, span) in spans.enumerated() {
            if let known = positions[span.spanID], spans[known].kind == .server || span.kind != .server { continue }
            positions[span.spanID] = position
        }
        var firstByID: [SpanID: Int] = [:]
        for (position, span) in spans.enumerated() where firstByID[span.spanID] == nil {
            firstByID[span.spanID] = position
        }
        var parents = [Int](repeating: -1, count: spans.count)
        for (position, span) in spans.enumerated() {
            // The callee of a shared id hangs below its caller.
            if span.kind == .server, let caller = firstByID[span.spanID], caller != position,
                spans[caller].kind == .client
            {
                parents[position] = caller
            } else if span.parentSpanID.isValid, let parent = positions[span.parentSpanID], parent != position {
                parents[position] = parent
            }
        }
        Self.cutCycles(&parents)
        var firstChild = [Int](repeating: -1, count: spans.count)
        var nextSibling = [Int](repeating: -1, count: spans.count)
        var stack: [(position: Int, depth: Int)] = []
        for position in spans.indices.reversed() {
            if parents[position] < 0 {
                stack.append((position, 0))
            } else {
                nextSibling[position] = firstChild[parents[position]]
                firstChild[parents[position]] = position
            }
        }
        while let (position, depth) = stack.popLast() {
            let span = spans[position]
            let isMissing = span.parentSpanID.isValid && positions[span.parentSpanID] == nil
            nodes.append(Node(span: span, depth: depth, missingParent: isMissing ? span.parentSpanID : nil))
            var children: [Int] = []
            var child = firstChild[position]
            while child >= 0 {
                children.append(child)
                child = nextSibling[child]
            }
            for child in children.reversed() { stack.append((child, depth + 1)) }
        }
    }

    private static func cutCycles(_ parents: inout [Int]) {
        var state = [UInt8](repeating: 0, count: parents.count)
        for start in parents.indices where state[start] == 0 {
            var path: [Int] = []
            var position = start
            while position >= 0, state[position] == 0 {
                state[position] = 1
                path.append(position)
                position = parents[position]
            }
            if position >= 0, state[position] == 1 { parents[position] = -1 }
            for visited in path { state[visited] = 2 }
        }
    }
}

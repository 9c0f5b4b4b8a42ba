/// Hops in pre-order, with their depth and leg: legs by start, roots of a leg by start, children by start.
struct HopTree {
    /// `parent` holds positions in this array.
    private(set) var hops: [HopDraft] = []
    private(set) var depth: [Int] = []
    private(set) var leg: [Int] = []

    init(_ drafts: [HopDraft]) {
        let byStart = drafts.indices.sorted { (drafts[$0].start, $0) < (drafts[$1].start, $1) }
        // Children of each hop as linked lists in reverse order of start, so that a stack gives them back in order.
        var firstChild = [Int](repeating: -1, count: drafts.count)
        var nextSibling = [Int](repeating: -1, count: drafts.count)
        var roots: [Int] = []
        for position in byStart {
            let parent = drafts[position].parent
            if parent < 0 {
                roots.append(position)
            } else {
                nextSibling[position] = firstChild[parent]
                firstChild[parent] = position
            }
        }
        var place = [Int](repeating: -1, count: drafts.count)
        hops.reserveCapacity(drafts.count)
        for (number, members) in Self.legs(drafts, roots, firstChild, nextSibling).enumerated() {
            for root in members {
                var stack = [(root, 0)]
                while let (position, level) = stack.popLast() {
                    place[position] = hops.count
                    var hop = drafts[position]
                    if hop.parent >= 0 { hop.parent = place[hop.parent] }
                    hops.append(hop)
                    depth.append(level)
                    leg.append(number)
                    var child = firstChild[position]
                    while child >= 0 {
                        stack.append((child, level + 1))
                        child = nextSibling[child]
                    }
                }
            }
        }
    }

    /// The roots that share a trace, directly or through what hangs below them, in order of start.
    private static func legs(
        _ drafts: [HopDraft], _ roots: [Int], _ firstChild: [Int], _ nextSibling: [Int]
    ) -> [[Int]] {
        var group = Array(roots.indices)
        func find(_ number: Int) -> Int {
            var top = number
            while group[top] != top {
                group[top] = group[group[top]]
                top = group[top]
            }
            return top
        }
        var rootOfTrace: [TraceID: Int] = [:]
        for (number, root) in roots.enumerated() {
            var stack = [root]
            while let position = stack.popLast() {
                if let other = rootOfTrace[drafts[position].traceID] {
                    // The earlier root stands for both.
                    let (a, b) = (find(other), find(number))
                    group[max(a, b)] = min(a, b)
                } else {
                    rootOfTrace[drafts[position].traceID] = number
                }
                var child = firstChild[position]
                while child >= 0 {
                    stack.append(child)
                    child = nextSibling[child]
                }
            }
        }
        var members: [Int: [Int]] = [:]
        for (number, root) in roots.enumerated() { members[find(number), default: []].append(root) }
        return roots.indices.compactMap { members[$0] }
    }
}

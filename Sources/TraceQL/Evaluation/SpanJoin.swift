/// Joins two sets of spans by how they hang together, in time linear in the trace.
struct SpanJoin {
    private let tree: SpanTree

    init(_ tree: SpanTree) { self.tree = tree }

    /// Both sides ascending; so is what comes of them.
    func rows(_ left: [Int], _ operation: SpanSetOperator, _ right: [Int]) -> [Int] {
        switch operation {
        case .and: return left.isEmpty || right.isEmpty ? [] : union(left, right)
        case .or: return union(left, right)
        default: break
        }
        if operation.isNegated {
            let related = self.related(to: left, operation)
            return right.filter { !related[$0] }
        }
        if left.isEmpty || right.isEmpty { return [] }
        let related = self.related(to: left, operation)
        let found = right.filter { related[$0] }
        guard operation.isUnion else { return found }
        let back = self.related(to: right, operation.converse)
        return union(left.filter { back[$0] }, found)
    }

    /// By span, whether it is to any of `rows` what the operator says.
    private func related(to rows: [Int], _ operation: SpanSetOperator) -> [Bool] {
        let isIn = marks(rows)
        var related = [Bool](repeating: false, count: isIn.count)
        switch operation {
        case .child, .notChild, .unionChild:
            for row in isIn.indices where tree.parents[row] >= 0 { related[row] = isIn[tree.parents[row]] }
        case .parent, .notParent, .unionParent:
            for row in rows where tree.parents[row] >= 0 { related[tree.parents[row]] = true }
        case .descendant, .notDescendant, .unionDescendant:
            for row in tree.order {
                let parent = tree.parents[row]
                if parent >= 0 { related[row] = related[parent] || isIn[parent] }
            }
        case .ancestor, .notAncestor, .unionAncestor:
            for row in tree.order.reversed() where tree.parents[row] >= 0 {
                if related[row] || isIn[row] { related[tree.parents[row]] = true }
            }
        case .sibling, .notSibling, .unionSibling:
            var counts = [Int](repeating: 0, count: tree.siblingGroups)
            for row in rows where tree.siblings[row] >= 0 { counts[tree.siblings[row]] += 1 }
            for row in isIn.indices where tree.siblings[row] >= 0 {
                related[row] = counts[tree.siblings[row]] > (isIn[row] ? 1 : 0)
            }
        case .and, .or: break
        }
        return related
    }

    private func marks(_ rows: [Int]) -> [Bool] {
        var marks = [Bool](repeating: false, count: tree.parents.count)
        for row in rows { marks[row] = true }
        return marks
    }

    private func union(_ left: [Int], _ right: [Int]) -> [Int] {
        let isIn = marks(left + right)
        return isIn.indices.filter { isIn[$0] }
    }
}

extension SpanSetOperator {
    /// The relation seen from the other side.
    fileprivate var converse: SpanSetOperator {
        switch self {
        case .unionChild: .unionParent
        case .unionParent: .unionChild
        case .unionDescendant: .unionAncestor
        case .unionAncestor: .unionDescendant
        default: self
        }
    }
}

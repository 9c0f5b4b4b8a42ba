import Telemetry
import TraceQL

/// The meaning of a query, written down again in the plainest way: sets of spans, and a look at every pair.
struct NaiveEvaluator {
    let spans: [Span]
    let window: ClosedRange<UInt64>

    typealias Rows = Set<Int>

    func spanSets(_ query: TraceQuery) -> [Rows] {
        run(query.stages, [Rows(spans.indices)], window).filter { !$0.isEmpty }
    }

    private func run(_ stages: [PipelineStage], _ input: [Rows], _ window: ClosedRange<UInt64>) -> [Rows] {
        stages.reduce(input) { sets, stage in
            switch stage {
            case .spanSets(let expression): return sets.map { rows(expression, $0, window) }.filter { !$0.isEmpty }
            case .scalar(let filter):
                return sets.filter { set in
                    compare(
                        number(filter.left, set).map { [.number($0)] } ?? [], filter.comparison,
                        number(filter.right, set).map { [.number($0)] } ?? [])
                }
            case .by(let expression):
                return sets.flatMap { set -> [Rows] in
                    // Rows in order, each put to the first group with its value.
                    var groups: [(key: [Plain]?, rows: Rows)] = []
                    for row in set.sorted() {
                        let key = groupKey(expression, row)
                        if let place = groups.firstIndex(where: { $0.key == key }) {
                            groups[place].rows.insert(row)
                        } else {
                            groups.append((key, [row]))
                        }
                    }
                    return groups.map(\.rows)
                }
            case .coalesce:
                let all = sets.reduce(into: Rows()) { $0.formUnion($1) }
                return all.isEmpty ? [] : [all]
            case .select: return sets
            }
        }
    }

    private func rows(_ expression: SpanSetExpression, _ input: Rows, _ window: ClosedRange<UInt64>) -> Rows {
        switch expression {
        case .filter(let condition):
            return input.filter { window.contains(spans[$0].startNanoseconds) && truth(condition, $0) }
        case .pipeline(let stages): return run(stages, [input], window).reduce(into: Rows()) { $0.formUnion($1) }
        case .operation(let operation, let left, let right):
            let left = rows(left, input, operation.isNegated ? 0 ... .max : window)
            let right = rows(right, input, window)
            switch operation {
            case .and: return left.isEmpty || right.isEmpty ? [] : left.union(right)
            case .or: return left.union(right)
            default: break
            }
            let found = right.filter { row in
                left.contains { related($0, operation, row) } != operation.isNegated
            }
            guard operation.isUnion else { return found }
            return found.union(left.filter { row in right.contains { related(row, operation, $0) } })
        }
    }

    /// Whether `right` is to `left` what the operator says.
    private func related(_ left: Int, _ operation: SpanSetOperator, _ right: Int) -> Bool {
        switch operation {
        case .child, .notChild, .unionChild: return parent(right) == left
        case .parent, .notParent, .unionParent: return parent(left) == right
        case .descendant, .notDescendant, .unionDescendant: return ancestors(right).contains(left)
        case .ancestor, .notAncestor, .unionAncestor: return ancestors(left).contains(right)
        default:
            guard left != right else { return false }
            if let parent = parent(left) { return parent == self.parent(right) }
            return parent(right) == nil && spans[left].parentSpanID.isValid
                && spans[left].parentSpanID == spans[right].parentSpanID
        }
    }

    func ancestors(_ row: Int) -> [Int] {
        var found: [Int] = []
        var next = parent(row)
        while let row = next {
            found.append(row)
            next = parent(row)
        }
        return found
    }

    /// The parent, with circles cut where the walk from the first rows comes back to itself.
    func parent(_ row: Int) -> Int? { cut.contains(row) ? nil : namedParent(row) }

    private func namedParent(_ row: Int) -> Int? {
        let span = spans[row]
        let twins = spans.indices.filter { spans[$0].spanID == span.spanID }
        if span.kind == .server, twins.count > 1, let caller = twins.first(where: { spans[$0].kind == .client }) {
            return caller
        }
        guard span.parentSpanID.isValid else { return nil }
        let named = spans.indices.filter { spans[$0].spanID == span.parentSpanID }
        let parent = named.count > 1 ? named.first { spans[$0].kind == .server } ?? named.first : named.first
        return parent == row ? nil : parent
    }

    private var cut: Set<Int> {
        var cut: Set<Int> = []
        var done: Set<Int> = []
        for start in spans.indices {
            var path: [Int] = []
            var row: Int? = start
            while let at = row, !done.contains(at), !path.contains(at) {
                path.append(at)
                row = namedParent(at)
            }
            if let row, path.contains(row) { cut.insert(row) }
            done.formUnion(path)
        }
        return cut
    }
}

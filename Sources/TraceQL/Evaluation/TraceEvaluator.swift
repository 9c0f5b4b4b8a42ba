import Telemetry

/// Evaluates a query on one whole trace after another. Pure: the same trace has the same answer.
public struct TraceEvaluator {
    public let query: TraceQuery
    public let fields: FieldEvaluator

    /// - Parameter matcher: makes what says whether a whole string matches a regular expression.
    public init<E: Error>(
        _ query: TraceQuery, matcher: (String) throws(E) -> (String) -> Bool
    ) throws(E) {
        self.query = query
        fields = try FieldEvaluator(query, matcher: matcher)
    }

    /// The span sets that the query finds in `trace`; none where it does not match.
    ///
    /// - Parameter window: braces match only spans that started in it. The rest of the trace still says what the
    ///   spans' parents, children and root are, and is looked at by the left side of `!>`, `!~` and the like, which say
    ///   that there is nothing.
    public func spanSets(of trace: TraceView, window: ClosedRange<UInt64> = 0 ... .max) -> [SpanSet] {
        if trace.spans.isEmpty { return [] }
        return run(query.stages, [SpanSet(rows: Array(trace.spans.indices))], trace, window)
    }

    private func run(
        _ stages: [PipelineStage], _ input: [SpanSet], _ trace: TraceView, _ window: ClosedRange<UInt64>
    ) -> [SpanSet] {
        var sets = input
        for stage in stages {
            if sets.isEmpty { break }
            switch stage {
            case .spanSets(let expression):
                sets = sets.compactMap { set in
                    let rows = self.rows(expression, set.rows, trace, window)
                    return rows.isEmpty ? nil : SpanSet(rows: rows, attributes: set.attributes)
                }
            case .scalar(let filter): sets = sets.compactMap { passing($0, filter, trace) }
            case .by(let expression): sets = sets.flatMap { groups(of: $0, by: expression, trace) }
            case .coalesce: sets = [SpanSet(rows: Self.union(sets.map(\.rows)))]
            case .select: break
            }
        }
        return sets
    }

    private func rows(
        _ expression: SpanSetExpression, _ rows: [Int], _ trace: TraceView, _ window: ClosedRange<UInt64>
    ) -> [Int] {
        switch expression {
        case .filter(let condition):
            return rows.filter {
                window.contains(trace.spans[$0].startNanoseconds) && fields.holds(condition, trace, $0)
            }
        case .pipeline(let stages):
            return Self.union(run(stages, [SpanSet(rows: rows)], trace, window).map(\.rows))
        case .operation(let operation, let left, let right):
            let right = self.rows(right, rows, trace, window)
            if right.isEmpty, operation != .or { return [] }
            let left = self.rows(left, rows, trace, operation.isNegated ? 0 ... .max : window)
            return SpanJoin(trace.tree).rows(left, operation, right)
        }
    }

    private func groups(of set: SpanSet, by expression: FieldExpression, _ trace: TraceView) -> [SpanSet] {
        var places: [Value: Int] = [:]
        var groups: [SpanSet] = []
        for row in set.rows {
            let value = fields.value(expression, trace, row).groupKey
            if let place = places[value] {
                groups[place].rows.append(row)
            } else {
                places[value] = groups.count
                let shown = value.attributeValue ?? .string("nil")
                groups.append(
                    SpanSet(rows: [row], attributes: set.attributes + [Attribute("by(\(expression))", shown)]))
            }
        }
        return groups
    }

    /// The set with what was made of it, where it passes.
    private func passing(_ set: SpanSet, _ filter: ScalarFilter, _ trace: TraceView) -> SpanSet? {
        var attributes: [Attribute] = []
        let left = scalar(filter.left, set.rows, trace, &attributes)
        let right = scalar(filter.right, set.rows, trace, &attributes)
        guard Value.compare(left, filter.comparison, right) else { return nil }
        var set = set
        for attribute in attributes {
            set.attributes.removeAll { $0.key == attribute.key }
            set.attributes.append(attribute)
        }
        return set
    }

    private func scalar(
        _ expression: ScalarExpression, _ rows: [Int], _ trace: TraceView, _ attributes: inout [Attribute]
    ) -> Value {
        switch expression {
        case .literal(let literal): return Value(literal)
        case .arithmetic(let operation, let left, let right):
            let left = scalar(left, rows, trace, &attributes)
            return Value.arithmetic(left, operation, scalar(right, rows, trace, &attributes))
        case .aggregate(let aggregate, let inner):
            let value: Value
            if let inner {
                value = aggregate.value(of: rows.lazy.map { fields.value(inner, trace, $0) })
            } else {
                value = .int(Int64(rows.count))
            }
            if let shown = value.attributeValue { attributes.append(Attribute(expression.description, shown)) }
            return value
        }
    }

    /// The rows of all, ascending, each once.
    private static func union(_ sets: [[Int]]) -> [Int] {
        if sets.count == 1 { return sets[0] }
        return Array(Set(sets.joined())).sorted()
    }
}

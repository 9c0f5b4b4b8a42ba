import Storage
import Telemetry
import TraceQL

/// Which spans to look for in storage so as to find every trace that a query can match.
struct SearchPlan {
    /// Every trace that matches has such a span.
    struct Witness: Equatable {
        var filter: SpanFilter
        /// Whether such a span starts in the query's window; one that only says what the trace is like may start before.
        var isInWindow: Bool
    }

    /// Every span of an answer passes it: traces come in the order of these.
    let answer: SpanFilter
    /// Other spans that every matching trace has; where there are few of them, they find the traces faster.
    let witnesses: [Witness]
    /// The only trace that can match, where the query names it.
    let traceID: TraceID?

    init(_ query: TraceQuery) {
        answer = FilterPushdown.bounded(Self.answer(query.stages))
        var witnesses: [Witness] = []
        for witness in Self.witnesses(query.stages)
        where witness.filter != .all && witness.filter != answer && !witnesses.contains(witness) {
            witnesses.append(witness)
        }
        self.witnesses = witnesses
        traceID = Self.traceID(query.stages)
    }

    private static func answer(_ stages: [PipelineStage]) -> SpanFilter {
        FilterPushdown.and(
            stages.compactMap { if case .spanSets(let expression) = $0 { answer(expression) } else { nil } })
    }

    private static func answer(_ expression: SpanSetExpression) -> SpanFilter {
        switch expression {
        case .filter(let condition): return FilterPushdown.filter(condition)
        case .pipeline(let stages): return answer(stages)
        case .operation(let operation, let left, let right):
            guard operation == .and || operation == .or || operation.isUnion else { return answer(right) }
            return FilterPushdown.or([answer(left), answer(right)])
        }
    }

    private static func witnesses(_ stages: [PipelineStage]) -> [Witness] {
        stages.flatMap { stage -> [Witness] in
            if case .spanSets(let expression) = stage { witnesses(expression) } else { [] }
        }
    }

    private static func witnesses(_ expression: SpanSetExpression) -> [Witness] {
        switch expression {
        case .filter(let condition):
            return [Witness(filter: FilterPushdown.filter(condition), isInWindow: true)] + traceWitnesses(condition)
        case .pipeline(let stages): return witnesses(stages)
        case .operation(.or, _, _):
            return [Witness(filter: FilterPushdown.bounded(answer(expression)), isInWindow: true)]
        case .operation(let operation, let left, let right):
            return operation.isNegated ? witnesses(right) : witnesses(left) + witnesses(right)
        }
    }

    /// What a condition says of other spans of the trace: of its root, of the span's parent.
    private static func traceWitnesses(_ condition: FieldExpression) -> [Witness] {
        conjuncts(condition).compactMap { part in
            guard case .binary(let operation, .field(let field), let right) = part, let literal = right.constant,
                let comparison = FilterPushdown.comparison(operation)
            else { return nil }
            let stored: SpanFilter.Field
            let asked: Field
            switch field {
            case .intrinsic(.rootName): (stored, asked) = (.name, .intrinsic(.name))
            case .intrinsic(.rootServiceName): (stored, asked) = (.service, field)
            case .parentAttribute(let scope, let key):
                asked = .attribute(scope, key: key)
                guard let attribute = FilterPushdown.stored(asked) else { return nil }
                stored = attribute
            default: return nil
            }
            guard let value = FilterPushdown.value(literal, asked) else { return nil }
            return Witness(filter: .compare(stored, comparison, value), isInWindow: false)
        }
    }

    /// The parts that all hold where the condition does.
    private static func conjuncts(_ condition: FieldExpression) -> [FieldExpression] {
        guard case .binary(.and, let left, let right) = condition else { return [condition] }
        return conjuncts(left) + conjuncts(right)
    }

    private static func traceID(_ stages: [PipelineStage]) -> TraceID? {
        for stage in stages {
            guard case .spanSets(.filter(let condition)) = stage else { continue }
            for part in conjuncts(condition) {
                if case .binary(.equal, .field(.intrinsic(.traceID)), .literal(.string(let text))) = part,
                    text.utf8.count == 32, let id = TraceID(hex: text)
                {
                    return id
                }
            }
        }
        return nil
    }
}

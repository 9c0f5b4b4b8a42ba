import Telemetry
import TraceQL

extension NaiveEvaluator {
    func values(_ field: Field, _ row: Int) -> [Plain]? {
        if case .intrinsic(let intrinsic) = field { return values(intrinsic, row) }
        return raw(field, row).map { raw in raw.flatMap(plain) }
    }

    /// What the attribute lists have; `nil` where they have nothing.
    func raw(_ field: Field, _ row: Int) -> [AttributeValue]? {
        switch field {
        case .attribute(let scope, let key): attribute(scope, key, spans[row])
        case .parentAttribute(let scope, let key): parent(row).flatMap { attribute(scope, key, spans[$0]) }
        case .intrinsic(.eventTimeSinceStart) where !spans[row].events.isEmpty:
            spans[row].events.map { _ in .int(0) }
        case .intrinsic: nil
        }
    }

    private func attribute(_ scope: Field.Scope, _ key: String, _ span: Span) -> [AttributeValue]? {
        let lists: [[Attribute]] =
            switch scope {
            case .any: [span.attributes]
            case .span: [span.attributes]
            case .resource: [span.resource.attributes]
            case .instrumentation: [span.scope.attributes]
            case .event: span.events.map(\.attributes)
            case .link: span.links.map(\.attributes)
            }
        let found = lists.flatMap { $0.filter { $0.key == key }.map(\.value) }
        if found.isEmpty, scope == .any { return attribute(.resource, key, span) }
        return found.isEmpty ? nil : found
    }

    private func plain(_ value: AttributeValue) -> [Plain] {
        switch value {
        case .string(let text): [.text(text)]
        case .int(let number): [.number(Double(number))]
        case .double(let number): [.number(number)]
        case .bool(let flag): [.flag(flag)]
        case .array(let values): values.flatMap(plain)
        case .empty, .bytes, .map: [.other]
        }
    }

    private func values(_ intrinsic: Intrinsic, _ row: Int) -> [Plain]? {
        let span = spans[row]
        func some(_ values: [Plain]) -> [Plain]? { values.isEmpty ? nil : values }
        switch intrinsic {
        case .name: return [.text(span.name)]
        case .kind: return [.kind(span.kind.rawValue)]
        case .status: return [.status(span.status.code)]
        case .statusMessage: return [.text(span.status.message)]
        case .duration: return [.number(Double(span.durationNanoseconds))]
        case .spanID: return [.text(span.spanID.description)]
        case .parentID: return span.parentSpanID.isValid ? [.text(span.parentSpanID.description)] : nil
        case .childCount: return [.number(Double(spans.indices.count { parent($0) == row }))]
        case .traceDuration:
            let end = spans.map { max($0.startNanoseconds, $0.endNanoseconds) }.max() ?? 0
            return [.number(Double(end - (spans.map(\.startNanoseconds).min() ?? 0)))]
        case .rootName: return [.text(root.name)]
        case .rootServiceName: return [.text(root.resource.serviceName)]
        case .traceID: return [.text(span.traceID.description)]
        case .nestedSetLeft: return [.number(Double(nested[row].left))]
        case .nestedSetRight: return [.number(Double(nested[row].right))]
        case .nestedSetParent:
            return [.number(parent(row).map { Double(nested[$0].left) } ?? (span.parentSpanID.isValid ? 0 : -1))]
        case .eventName: return some(span.events.map { .text($0.name) })
        case .eventTimeSinceStart:
            return some(
                span.events.map { .number(Double($0.timeNanoseconds) - Double(span.startNanoseconds)) })
        case .linkTraceID: return some(span.links.map { .text($0.traceID.description) })
        case .linkSpanID: return some(span.links.map { .text($0.spanID.description) })
        case .instrumentationName: return [.text(span.scope.name)]
        case .instrumentationVersion: return [.text(span.scope.version)]
        }
    }

    private var root: Span {
        let roots = spans.indices.filter { parent($0) == nil }.map { spans[$0] }
        let whole = roots.filter { !$0.parentSpanID.isValid }
        let best = whole.isEmpty ? roots : whole
        return best.first { span in !best.contains { $0.startNanoseconds < span.startNanoseconds } } ?? spans[0]
    }

    /// Numbers given by walking the trees, children in the order of the rows.
    private var nested: [(left: Int, right: Int)] {
        var numbers = [(left: Int, right: Int)](repeating: (0, 0), count: spans.count)
        var next = 1
        func walk(_ row: Int) {
            numbers[row].left = next
            next += 1
            for child in spans.indices where parent(child) == row { walk(child) }
            numbers[row].right = next
            next += 1
        }
        for row in spans.indices where parent(row) == nil { walk(row) }
        return numbers
    }
}

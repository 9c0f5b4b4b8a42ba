import Telemetry

/// The spans of one trace, made ready to be asked.
public struct TraceView {
    public let spans: [Span]
    let tree: SpanTree
    /// The earliest start and the latest end, Unix nanoseconds.
    public let startNanoseconds: UInt64
    public let endNanoseconds: UInt64

    /// - Parameter spans: in the order of their starts; of one trace.
    public init(_ spans: [Span]) {
        self.spans = spans
        tree = SpanTree(spans)
        startNanoseconds = spans.lazy.map(\.startNanoseconds).min() ?? 0
        endNanoseconds = spans.lazy.map { max($0.startNanoseconds, $0.endNanoseconds) }.max() ?? 0
    }

    /// One span without its trace: for what looks at the span alone.
    public init(alone span: Span) {
        spans = [span]
        tree = SpanTree.single
        startNanoseconds = span.startNanoseconds
        endNanoseconds = max(span.startNanoseconds, span.endNanoseconds)
    }

    public var durationNanoseconds: UInt64 { endNanoseconds - startNanoseconds }

    /// The first to start of the spans without a parent; where none is stored, of those whose parent is not. `nil` for a
    /// trace without spans.
    public var root: Span? { spans.isEmpty ? nil : spans[tree.root] }

    /// What `field` is for the span in `row`.
    public func value(_ field: Field, _ row: Int) -> Value {
        switch field {
        case .attribute(let scope, let key): return spans[row].value(scope, key)
        case .parentAttribute(let scope, let key):
            let parent = tree.parents[row]
            return parent < 0 ? .none : spans[parent].value(scope, key)
        case .intrinsic(let intrinsic): return value(intrinsic, row)
        }
    }

    private func value(_ intrinsic: Intrinsic, _ row: Int) -> Value {
        switch intrinsic {
        case .childCount: .int(Int64(tree.childCounts[row]))
        case .traceDuration: .duration(Int64(clamping: durationNanoseconds))
        case .rootName: .string(spans[tree.root].name)
        case .rootServiceName: .string(spans[tree.root].resource.serviceName)
        case .nestedSetLeft: .int(Int64(tree.left[row]))
        case .nestedSetRight: .int(Int64(tree.right[row]))
        case .nestedSetParent: .int(Int64(tree.nestedSetParent(row, of: spans[row])))
        default: spans[row].value(intrinsic)
        }
    }
}

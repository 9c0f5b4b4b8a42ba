/// A filter made ready: checked, its comparisons numbered, what is constant folded away.
struct CompiledFilter: Sendable {
    /// A filter over the outcomes of numbered leaves.
    indirect enum Node: Sendable, Hashable {
        case constant(Bool)
        case leaf(Int)
        case not(Node)
        case and([Node])
        case or([Node])
    }

    struct Leaf: Sendable {
        let field: SpanFilter.Field
        /// The key of an attribute's field.
        let key: [UInt8]
        var test: ValueTest
    }

    static let maximumDepth = 64
    static let maximumLeaves = 256
    static let maximumStringBytes = 1 << 16

    private(set) var root = Node.constant(true)
    var leaves: [Leaf] = []
    private var numbers: [SpanFilter: Int] = [:]

    init(_ filter: SpanFilter) throws(StoreError) {
        root = try node(filter, depth: 0)
        numbers = [:]
    }

    private mutating func node(_ filter: SpanFilter, depth: Int) throws(StoreError) -> Node {
        guard depth <= CompiledFilter.maximumDepth else {
            throw StoreError(.invalidQuery, "the filter nests deeper than \(CompiledFilter.maximumDepth)")
        }
        switch filter {
        case .all: return .constant(true)
        case .none: return .constant(false)
        case .not(let part): return CompiledFilter.not(try node(part, depth: depth + 1))
        case .and(let parts): return CompiledFilter.and(try nodes(parts, depth))
        case .or(let parts): return CompiledFilter.or(try nodes(parts, depth))
        case .exists(let field): return .leaf(try leaf(filter, field, ValueTest()))
        case .compare(let field, let comparison, let value):
            if case .string(let text) = value, text.utf8.count > CompiledFilter.maximumStringBytes {
                throw StoreError(
                    .invalidQuery,
                    "\(field) is compared with a string of more than \(CompiledFilter.maximumStringBytes) bytes")
            }
            return .leaf(try leaf(filter, field, try ValueTest(comparison, CompiledFilter.spelled(value, field))))
        }
    }

    private mutating func nodes(_ filters: [SpanFilter], _ depth: Int) throws(StoreError) -> [Node] {
        var nodes: [Node] = []
        for filter in filters { nodes.append(try node(filter, depth: depth + 1)) }
        return nodes
    }

    private mutating func leaf(
        _ filter: SpanFilter, _ field: SpanFilter.Field, _ test: ValueTest
    ) throws(StoreError) -> Int {
        if let known = numbers[filter] { return known }
        guard leaves.count < CompiledFilter.maximumLeaves else {
            throw StoreError(.invalidQuery, "the filter has more than \(CompiledFilter.maximumLeaves) comparisons")
        }
        var key: [UInt8] = []
        if case .attribute(_, let name) = field { key = Array(name.utf8) }
        numbers[filter] = leaves.count
        leaves.append(Leaf(field: field, key: key, test: test))
        return leaves.count - 1
    }

    /// Ids are compared as lower-case digits, however they are given.
    private static func spelled(_ value: FilterValue, _ field: SpanFilter.Field) -> FilterValue {
        switch (field, value) {
        case (.traceID, .string(let text)), (.spanID, .string(let text)), (.parentSpanID, .string(let text)),
            (.linkTraceID, .string(let text)), (.linkSpanID, .string(let text)):
            .string(text.allSatisfy { $0.isHexDigit } ? text.lowercased() : text)
        default: value
        }
    }

    static func not(_ node: Node) -> Node {
        switch node {
        case .constant(let value): .constant(!value)
        case .not(let part): part
        default: .not(node)
        }
    }

    static func and(_ nodes: [Node]) -> Node {
        var parts: [Node] = []
        for node in nodes {
            switch node {
            case .constant(true): continue
            case .constant(false): return .constant(false)
            case .and(let inner): parts += inner
            default: parts.append(node)
            }
        }
        return parts.isEmpty ? .constant(true) : parts.count == 1 ? parts[0] : .and(parts)
    }

    static func or(_ nodes: [Node]) -> Node {
        var parts: [Node] = []
        for node in nodes {
            switch node {
            case .constant(false): continue
            case .constant(true): return .constant(true)
            case .or(let inner): parts += inner
            default: parts.append(node)
            }
        }
        return parts.isEmpty ? .constant(false) : parts.count == 1 ? parts[0] : .or(parts)
    }

    /// What is left of `node` when some leaves are known; `nil` for a leaf that is not.
    static func reduce(_ node: Node, _ known: (Int) -> Bool?) -> Node {
        switch node {
        case .constant: node
        case .leaf(let number): known(number).map { .constant($0) } ?? node
        case .not(let part): not(reduce(part, known))
        case .and(let parts): and(parts.map { reduce($0, known) })
        case .or(let parts): or(parts.map { reduce($0, known) })
        }
    }
}

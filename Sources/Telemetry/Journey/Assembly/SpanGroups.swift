/// The spans of a journey's traces, those with the same trace and span id together: callers and callees that share a
/// span id, as Zipkin lets them, and spans in conflict.
struct SpanGroups {
    struct Key: Hashable {
        var traceID: TraceID
        var spanID: SpanID
    }

    /// A span that a group is known by, and the rest.
    struct Group {
        var key: Key
        /// The first client or producer span; -1 for none.
        var caller = -1
        /// The first server or consumer span; -1 for none.
        var callee = -1
        /// The first span of another kind; -1 for none.
        var other = -1
        /// Further spans of a role that is taken.
        var conflicting: [Int] = []
        /// The lead span's parent id; `none` for roots and for spans that name themselves.
        var parentSpanID = SpanID.none
        var namesItself = false

        /// The span that stands for the group towards its parent.
        var lead: Int { caller >= 0 ? caller : callee >= 0 ? callee : other }
    }

    private(set) var groups: [Group] = []
    private var index: [Key: Int] = [:]

    /// - Parameter spans: in their final order, by which the first of a role is chosen.
    init(_ spans: [StoredSpan]) {
        index.reserveCapacity(spans.count)
        for position in spans.indices {
            let kind = spans[position].span.kind
            let key = Key(traceID: spans[position].span.traceID, spanID: spans[position].span.spanID)
            let group = index[key] ?? groups.count
            if group == groups.count {
                index[key] = group
                groups.append(Group(key: key))
            }
            let role: WritableKeyPath<Group, Int>
            switch kind {
            case .client, .producer: role = \.caller
            case .server, .consumer: role = \.callee
            default: role = \.other
            }
            if groups[group][keyPath: role] < 0 {
                groups[group][keyPath: role] = position
            } else {
                groups[group].conflicting.append(position)
            }
        }
        for position in groups.indices {
            let parent = spans[groups[position].lead].span.parentSpanID
            groups[position].namesItself = parent.isValid && parent == groups[position].key.spanID
            groups[position].parentSpanID = groups[position].namesItself ? .none : parent
        }
    }

    /// The group of a span id in a trace, or `nil` where no such span is stored.
    func find(_ traceID: TraceID, _ spanID: SpanID) -> Int? { index[Key(traceID: traceID, spanID: spanID)] }

    /// The group above; `nil` for roots and where the parent is not stored.
    func parent(of group: Int) -> Int? {
        let parent = groups[group].parentSpanID
        return parent.isValid ? find(groups[group].key.traceID, parent) : nil
    }
}

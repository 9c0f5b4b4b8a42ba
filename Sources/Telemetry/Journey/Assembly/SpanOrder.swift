/// A total order over stored spans by what they hold, so that a journey does not depend on the order of its input.
enum SpanOrder {
    /// The distinct spans of `spans`, in order of start time, then ids, then content. Of equal spans the one received
    /// first stays.
    static func sortedDistinct(_ spans: [StoredSpan]) -> [StoredSpan] {
        let keys = spans.map(Key.init)
        let order = spans.indices.sorted { left, right in
            precedes(keys[left], keys[right]) ?? precedes(spans[left], spans[right]) ?? false
        }
        var distinct: [StoredSpan] = []
        distinct.reserveCapacity(spans.count)
        for index in order {
            if let last = distinct.last, last.span.spanID == spans[index].span.spanID, last.span == spans[index].span {
                continue
            }
            distinct.append(spans[index])
        }
        return distinct
    }

    /// What nearly always decides, apart from the large values.
    private struct Key {
        var start: UInt64
        var traceID: TraceID
        var spanID: SpanID
        var kind: Int32
        var end: UInt64

        init(_ stored: StoredSpan) {
            start = stored.span.startNanoseconds
            traceID = stored.span.traceID
            spanID = stored.span.spanID
            kind = stored.span.kind.rawValue
            end = stored.span.endNanoseconds
        }
    }

    // Each answers whether the left one comes first; `nil` when they are equal in what it looks at.

    private static func precedes(_ left: Key, _ right: Key) -> Bool? {
        if left.start != right.start { return left.start < right.start }
        if left.traceID != right.traceID { return left.traceID < right.traceID }
        if left.spanID != right.spanID { return left.spanID < right.spanID }
        return precedes(left.kind, right.kind) ?? precedes(left.end, right.end)
    }

    private static func precedes(_ left: StoredSpan, _ right: StoredSpan) -> Bool? {
        let (a, b) = (left.span, right.span)
        let own: Bool? =
            precedes(a.parentSpanID, b.parentSpanID) ?? precedes(a.name, b.name)
            ?? precedes(a.status.code, b.status.code) ?? precedes(a.status.message, b.status.message)
            ?? precedes(a.flags, b.flags) ?? precedes(a.traceState, b.traceState)
        if let own { return own }
        if let lists = precedes(a.attributes, b.attributes) ?? precedes(a.resource.attributes, b.resource.attributes) {
            return lists
        }
        if let scope = precedes(a.scope.name, b.scope.name) ?? precedes(a.scope.version, b.scope.version) {
            return scope
        }
        if let rest = precedesByEventsAndLinks(a, b) { return rest }
        let (p, q) = (left.provenance, right.provenance)
        return precedes(p.receivedNanoseconds, q.receivedNanoseconds) ?? precedes(p.principal, q.principal)
            ?? precedes(p.instance, q.instance) ?? precedes(p.incarnation, q.incarnation)
            ?? precedes(p.sequence, q.sequence)
    }

    private static func precedesByEventsAndLinks(_ a: Span, _ b: Span) -> Bool? {
        for (left, right) in zip(a.events, b.events) {
            let event: Bool? = precedes(left.timeNanoseconds, right.timeNanoseconds) ?? precedes(left.name, right.name)
            if let answer = event ?? precedes(left.attributes, right.attributes) { return answer }
        }
        for (left, right) in zip(a.links, b.links) {
            let link: Bool? = precedes(left.traceID, right.traceID) ?? precedes(left.spanID, right.spanID)
            if let answer = link ?? precedes(left.attributes, right.attributes) { return answer }
        }
        return precedes(a.events.count, b.events.count) ?? precedes(a.links.count, b.links.count)
    }

    private static func precedes(_ left: [Attribute], _ right: [Attribute]) -> Bool? {
        for (a, b) in zip(left, right) {
            if let answer = precedes(a.key, b.key) ?? precedes(a.value.text, b.value.text) { return answer }
        }
        return precedes(left.count, right.count)
    }

    private static func precedes<T: Comparable>(_ left: T, _ right: T) -> Bool? { left == right ? nil : left < right }
}

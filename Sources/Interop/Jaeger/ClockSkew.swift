import Telemetry

/// What is odd about the times of a span beside its parent's. Said in a warning: times are never changed.
struct ClockSkew {
    private struct Parent {
        var startNanoseconds: UInt64
        var resource: Resource
    }

    private let parents: [SpanID: Parent]

    /// Spans of one trace.
    init(_ spans: [StoredSpan]) {
        var parents: [SpanID: Parent] = [:]
        parents.reserveCapacity(spans.count)
        for stored in spans where parents[stored.span.spanID] == nil {
            parents[stored.span.spanID] = Parent(
                startNanoseconds: stored.span.startNanoseconds, resource: stored.span.resource)
        }
        self.parents = parents
    }

    func warning(_ span: Span) -> String? {
        if span.endNanoseconds < span.startNanoseconds {
            let duration = DurationText.string(nanoseconds: span.startNanoseconds - span.endNanoseconds)
            return "The span ends \(duration) before it starts: its clock was set back. Times are shown as recorded."
        }
        // One process has one clock: there a child may well start when its parent does.
        guard
            let parent = parents[span.parentSpanID], span.startNanoseconds < parent.startNanoseconds,
            parent.resource != span.resource
        else { return nil }
        let early = DurationText.string(nanoseconds: parent.startNanoseconds - span.startNanoseconds)
        return "The span starts \(early) before its parent: the clocks of \(parent.resource.serviceName) and "
            + "\(span.resource.serviceName) differ. Times are shown as recorded."
    }
}

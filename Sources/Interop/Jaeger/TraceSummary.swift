import Telemetry

/// A trace in one line, as lists of search results show it.
public struct TraceSummary: Sendable, Hashable {
    public struct Service: Sendable, Hashable {
        public var name: String
        public var spans: Int
        public var errors: Int
    }

    public var traceID: TraceID
    /// Of the earliest span without a parent; where there is none, of the earliest span.
    public var rootService: String
    public var rootOperation: String
    public var startNanoseconds: UInt64
    public var endNanoseconds: UInt64
    public var spans: Int
    public var errors: Int
    /// Spans whose parent is not stored.
    public var orphans: Int
    /// Ascending by name.
    public var services: [Service]

    /// `nil` when there are no spans.
    public init?(_ trace: [StoredSpan]) {
        guard let first = trace.first?.span else { return nil }
        var ids: Set<SpanID> = []
        ids.reserveCapacity(trace.count)
        for stored in trace { ids.insert(stored.span.spanID) }
        var root = first
        var services: [String: Service] = [:]
        (traceID, spans, errors, orphans) = (first.traceID, trace.count, 0, 0)
        (startNanoseconds, endNanoseconds) = (first.startNanoseconds, first.endNanoseconds)
        for stored in trace {
            let span = stored.span
            startNanoseconds = min(startNanoseconds, span.startNanoseconds)
            endNanoseconds = max(endNanoseconds, span.endNanoseconds)
            if Self.precedes(span, root) { root = span }
            if span.parentSpanID.isValid, !ids.contains(span.parentSpanID) { orphans += 1 }
            let name = span.resource.serviceName
            services[name, default: Service(name: name, spans: 0, errors: 0)].spans += 1
            if span.status.isError {
                errors += 1
                services[name]?.errors += 1
            }
        }
        rootService = root.resource.serviceName
        rootOperation = root.name
        self.services = services.values.sorted { $0.name < $1.name }
    }

    private static func precedes(_ span: Span, _ root: Span) -> Bool {
        if span.parentSpanID.isValid != root.parentSpanID.isValid { return !span.parentSpanID.isValid }
        return span.startNanoseconds < root.startNanoseconds
    }
}

import Telemetry

/// What can be read of a trace.
public struct TraceAnswer: Sendable, Hashable {
    /// By start time: equal ones once, those with equal ids and different content marked.
    public var spans: [StoredSpan] = []
    /// Where more of the trace lies, or may lie, and why it cannot be read: the file, and what of it.
    public var unreadable: [StoreError] = []

    public var isWhole: Bool { unreadable.isEmpty }
}

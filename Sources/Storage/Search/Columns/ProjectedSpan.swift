import Telemetry

/// One span of `Store.forEachSpan`.
public enum ProjectedSpan: Sendable {
    case columns(ProjectedRow)
    /// A span of which columns do not say all that is wanted: it has a list there, or a key more than once.
    case whole(Span)

    public var traceID: TraceID {
        switch self {
        case .columns(let row): row.traceID
        case .whole(let span): span.traceID
        }
    }

    public var startNanoseconds: UInt64 {
        switch self {
        case .columns(let row): row.startNanoseconds
        case .whole(let span): span.startNanoseconds
        }
    }
}

/// What a projection gives of one span.
public struct ProjectedRow: Sendable, Hashable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var startNanoseconds: UInt64
    /// Which of `SpanGroups` has the values of its keys; `nil` where there are too many different ones.
    public var group: Int?
    /// `nil` where the span has no such number, or one that is not finite. Durations are in nanoseconds.
    public var number: Double?
}

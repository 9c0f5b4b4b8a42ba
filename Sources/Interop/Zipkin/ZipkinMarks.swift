import Telemetry

/// What Zipkin's format says with a field of its own and OpenTelemetry keeps as an attribute: spans that came in as
/// Zipkin's go out with the fields they had.
struct ZipkinMarks {
    /// The server's side of a call whose client has the same id.
    var isShared: Bool
    var isDebug: Bool
    /// The span came without a time.
    var lacksTimestamp: Bool

    static let keys: Set<String> = ["zipkin.shared", "zipkin.debug", "otel.zipkin.absentField.startTime"]

    init(_ span: Span) {
        isShared = span.attributes.first("zipkin.shared") == .bool(true)
        isDebug = span.attributes.first("zipkin.debug") == .bool(true)
        lacksTimestamp = span.attributes.first("otel.zipkin.absentField.startTime") == .bool(true)
    }
}

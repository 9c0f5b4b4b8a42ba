extension SpanFilter {
    /// What of a span is looked at. In brackets, the type of the values it has.
    public enum Field: Sendable, Hashable {
        case attribute(AttributeScope, key: String)
        /// `service.name` of the resource, `unknown_service` where it has none [string].
        case service
        /// The span's name [string].
        case name
        /// `SpanKind` [number].
        case kind
        /// `SpanStatus.code`: 0 unset, 1 ok, 2 error [number].
        case status
        /// Empty where there is none [string].
        case statusMessage
        /// End minus start, zero where a clock ran backwards, in nanoseconds [number].
        case duration
        /// Unix nanoseconds [number].
        case start
        case end
        /// 32 lower-case hexadecimal digits [string].
        case traceID
        /// 16 lower-case hexadecimal digits [string].
        case spanID
        /// Like `spanID`; a span without a parent has none [string].
        case parentSpanID
        /// The W3C `tracestate`, empty where there is none [string].
        case traceState
        /// Whether the span has no parent [bool].
        case isRoot
        /// The instrumentation scope's name and version [string].
        case scopeName
        case scopeVersion
        /// The names of the span's events [string].
        case eventName
        /// The traces and spans that the span's links point to, as hexadecimal digits [string].
        case linkTraceID
        case linkSpanID
    }
}

extension SpanFilter.Field: CustomStringConvertible {
    /// As messages name it.
    public var description: String {
        switch self {
        case .attribute(.any, let key): ".\(key)"
        case .attribute(let scope, let key): "\(scope.rawValue).\(key)"
        case .service: "service"
        case .name: "name"
        case .kind: "kind"
        case .status: "status"
        case .statusMessage: "status message"
        case .duration: "duration"
        case .start: "start"
        case .end: "end"
        case .traceID: "trace id"
        case .spanID: "span id"
        case .parentSpanID: "parent span id"
        case .traceState: "trace state"
        case .isRoot: "root"
        case .scopeName: "scope name"
        case .scopeVersion: "scope version"
        case .eventName: "event name"
        case .linkTraceID: "link trace id"
        case .linkSpanID: "link span id"
        }
    }
}

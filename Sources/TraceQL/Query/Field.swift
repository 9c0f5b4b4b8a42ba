/// What of a span is looked at.
public enum Field: Sendable, Hashable {
    case attribute(Scope, key: String)
    /// An attribute of the span's parent, where it has one that is stored.
    case parentAttribute(Scope, key: String)
    case intrinsic(Intrinsic)

    /// Where an attribute is looked for.
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        /// `.key`: the span's; where it has none of that name, its resource's.
        case any = ""
        case span
        case resource
        case event
        case link
        /// The library that recorded the span.
        case instrumentation
    }
}

/// What every span, trace, event, link or instrumentation scope has. The raw value is how queries are printed.
public enum Intrinsic: String, Sendable, Hashable, CaseIterable {
    case name
    case kind
    case status
    case statusMessage
    case duration
    case spanID = "span:id"
    case parentID = "span:parentID"
    case childCount
    case traceDuration
    case rootName
    case rootServiceName
    case traceID = "trace:id"
    case nestedSetLeft
    case nestedSetRight
    case nestedSetParent
    case eventName = "event:name"
    case eventTimeSinceStart = "event:timeSinceStart"
    case linkTraceID = "link:traceID"
    case linkSpanID = "link:spanID"
    case instrumentationName = "instrumentation:name"
    case instrumentationVersion = "instrumentation:version"

    /// Whether it takes more than the span itself to know.
    public var concernsTrace: Bool {
        switch self {
        case .childCount, .traceDuration, .rootName, .rootServiceName, .nestedSetLeft, .nestedSetRight,
            .nestedSetParent:
            true
        default: false
        }
    }

    /// `scope:name`, the other way to write an intrinsic; the raw value where there is only that.
    var scoped: String {
        switch self {
        case .name, .kind, .status, .statusMessage, .duration, .childCount: "span:\(rawValue)"
        case .traceDuration: "trace:duration"
        case .rootName: "trace:rootName"
        case .rootServiceName: "trace:rootService"
        default: rawValue
        }
    }

    var type: ValueType {
        switch self {
        case .kind: .kind
        case .status: .status
        case .duration, .traceDuration, .eventTimeSinceStart: .duration
        case .childCount, .nestedSetLeft, .nestedSetRight, .nestedSetParent: .int
        default: .string
        }
    }
}

extension Field {
    /// Whether it takes more than the span itself to know.
    public var concernsTrace: Bool {
        switch self {
        case .attribute: false
        case .parentAttribute: true
        case .intrinsic(let intrinsic): intrinsic.concernsTrace
        }
    }
}

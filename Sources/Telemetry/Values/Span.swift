/// One span as OpenTelemetry defines it (`opentelemetry.proto.trace.v1.Span`), with its resource and scope: the value
/// for the edges (queries, journeys, tests). Hot paths use `SpanBatch`.
public struct Span: Sendable, Hashable {
    public var traceID: TraceID
    public var spanID: SpanID
    /// `SpanID.none` for a root.
    public var parentSpanID: SpanID
    /// The W3C `tracestate` header's value.
    public var traceState: String
    /// W3C trace flags in the low 8 bits; bit 8 "is_remote is known", bit 9 "is_remote".
    public var flags: UInt32
    public var name: String
    public var kind: SpanKind
    /// Unix time, UTC, as the exporter gave it: never corrected.
    public var startNanoseconds: UInt64
    public var endNanoseconds: UInt64
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32
    public var events: [SpanEvent]
    public var droppedEventsCount: UInt32
    public var links: [SpanLink]
    public var droppedLinksCount: UInt32
    public var status: SpanStatus
    public var resource: Resource
    public var scope: InstrumentationScope

    public init(
        traceID: TraceID, spanID: SpanID, parentSpanID: SpanID = .none, traceState: String = "", flags: UInt32 = 0,
        name: String, kind: SpanKind = .unspecified, startNanoseconds: UInt64, endNanoseconds: UInt64,
        attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0, events: [SpanEvent] = [],
        droppedEventsCount: UInt32 = 0, links: [SpanLink] = [], droppedLinksCount: UInt32 = 0,
        status: SpanStatus = SpanStatus(), resource: Resource = Resource(),
        scope: InstrumentationScope = InstrumentationScope()
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.traceState = traceState
        self.flags = flags
        self.name = name
        self.kind = kind
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.events = events
        self.droppedEventsCount = droppedEventsCount
        self.links = links
        self.droppedLinksCount = droppedLinksCount
        self.status = status
        self.resource = resource
        self.scope = scope
    }

    /// End minus start; zero where the exporter's clock ran backwards.
    public var durationNanoseconds: UInt64 {
        endNanoseconds > startNanoseconds ? endNanoseconds - startNanoseconds : 0
    }
}

/// `Span.SpanKind`; values this version does not know are kept as they came.
@frozen
public struct SpanKind: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int32
    @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

    public static let unspecified = SpanKind(rawValue: 0)
    public static let `internal` = SpanKind(rawValue: 1)
    public static let server = SpanKind(rawValue: 2)
    public static let client = SpanKind(rawValue: 3)
    public static let producer = SpanKind(rawValue: 4)
    public static let consumer = SpanKind(rawValue: 5)
}

/// `opentelemetry.proto.trace.v1.Status`; unknown codes are kept as they came.
public struct SpanStatus: Hashable, Sendable {
    public var code: Int32
    public var message: String

    public static let unset: Int32 = 0
    public static let ok: Int32 = 1
    public static let error: Int32 = 2

    public init(code: Int32 = SpanStatus.unset, message: String = "") {
        self.code = code
        self.message = message
    }

    public var isError: Bool { code == SpanStatus.error }
}

/// `Span.Event`.
public struct SpanEvent: Hashable, Sendable {
    public var timeNanoseconds: UInt64
    public var name: String
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32

    public init(timeNanoseconds: UInt64, name: String, attributes: [Attribute] = [], droppedAttributesCount: UInt32 = 0)
    {
        self.timeNanoseconds = timeNanoseconds
        self.name = name
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
    }
}

/// `Span.Link`.
public struct SpanLink: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var traceState: String
    public var attributes: [Attribute]
    public var droppedAttributesCount: UInt32
    public var flags: UInt32

    public init(
        traceID: TraceID, spanID: SpanID, traceState: String = "", attributes: [Attribute] = [],
        droppedAttributesCount: UInt32 = 0, flags: UInt32 = 0
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.traceState = traceState
        self.attributes = attributes
        self.droppedAttributesCount = droppedAttributesCount
        self.flags = flags
    }
}

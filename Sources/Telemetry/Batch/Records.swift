/// A resource in a `SpanBatch`.
@frozen
public struct ResourceRecord: Hashable, Sendable {
    public var attributes: AttributeList
    public var droppedAttributes: UInt32
    public var schemaURL: StringRef
    /// The encoded `entity_refs` fields, tags included.
    public var entityReferences: StringRef

    @inlinable
    public init(
        attributes: AttributeList = .empty, droppedAttributes: UInt32 = 0, schemaURL: StringRef = .empty,
        entityReferences: StringRef = .empty
    ) {
        self.attributes = attributes
        self.droppedAttributes = droppedAttributes
        self.schemaURL = schemaURL
        self.entityReferences = entityReferences
    }
}

/// An instrumentation scope in a `SpanBatch`.
@frozen
public struct ScopeRecord: Hashable, Sendable {
    public var name: StringRef
    public var version: StringRef
    public var attributes: AttributeList
    public var droppedAttributes: UInt32
    public var schemaURL: StringRef

    @inlinable
    public init(
        name: StringRef = .empty, version: StringRef = .empty, attributes: AttributeList = .empty,
        droppedAttributes: UInt32 = 0, schemaURL: StringRef = .empty
    ) {
        self.name = name
        self.version = version
        self.attributes = attributes
        self.droppedAttributes = droppedAttributes
        self.schemaURL = schemaURL
    }
}

/// A span event in a `SpanBatch`.
@frozen
public struct EventRecord: Hashable, Sendable {
    public var timeNanoseconds: UInt64
    public var name: StringRef
    public var attributes: AttributeList
    public var droppedAttributes: UInt32

    @inlinable
    public init(timeNanoseconds: UInt64, name: StringRef, attributes: AttributeList, droppedAttributes: UInt32) {
        self.timeNanoseconds = timeNanoseconds
        self.name = name
        self.attributes = attributes
        self.droppedAttributes = droppedAttributes
    }
}

/// A span link in a `SpanBatch`.
@frozen
public struct LinkRecord: Hashable, Sendable {
    public var traceID: TraceID
    public var spanID: SpanID
    public var traceState: StringRef
    public var attributes: AttributeList
    public var droppedAttributes: UInt32
    public var flags: UInt32

    @inlinable
    public init(
        traceID: TraceID, spanID: SpanID, traceState: StringRef, attributes: AttributeList, droppedAttributes: UInt32,
        flags: UInt32
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.traceState = traceState
        self.attributes = attributes
        self.droppedAttributes = droppedAttributes
        self.flags = flags
    }
}

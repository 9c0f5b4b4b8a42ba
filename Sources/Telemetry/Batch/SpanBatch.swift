/// Spans as columns over one byte arena: what every decoder produces and the store consumes.
///
/// One array per field, one element a span; strings are `StringRef`s into `strings`; attributes are a shape (keys and
/// types, interned) plus 64-bit payloads in `values`; resources and scopes are interned records. Nothing in a batch
/// refers to anything outside it. Events and links of row `i` are `eventStart[i]..<eventStart[i + 1]`, likewise links.
///
/// Columns may be read and appended directly on hot paths; `append(row:)` and `append(_ span:)` keep them in step.
@frozen
public struct SpanBatch: Sendable {
    public var strings = StringTable()
    public var shapes = ShapeTable()
    /// Payloads of every attribute list of the batch: spans', events', links', resources' and scopes'.
    public var values: [UInt64] = []
    public var resources: [ResourceRecord] = []
    public var scopes: [ScopeRecord] = []

    public var traceID: [TraceID] = []
    public var spanID: [SpanID] = []
    public var parentSpanID: [SpanID] = []
    public var startNanoseconds: [UInt64] = []
    public var endNanoseconds: [UInt64] = []
    public var name: [StringRef] = []
    public var kind: [Int32] = []
    public var statusCode: [Int32] = []
    public var statusMessage: [StringRef] = []
    public var traceState: [StringRef] = []
    public var flags: [UInt32] = []
    /// Index into `resources`.
    public var resource: [UInt32] = []
    /// Index into `scopes`.
    public var scope: [UInt32] = []
    public var attributes: [AttributeList] = []
    public var droppedAttributes: [UInt32] = []
    public var droppedEvents: [UInt32] = []
    public var droppedLinks: [UInt32] = []

    /// `count + 1` elements: where each row's events start.
    public var eventStart: [UInt32] = [0]
    public var events: [EventRecord] = []
    /// `count + 1` elements: where each row's links start.
    public var linkStart: [UInt32] = [0]
    public var links: [LinkRecord] = []

    public init() {}

    /// How many spans there are.
    @inlinable public var count: Int { traceID.count }
    @inlinable public var isEmpty: Bool { traceID.isEmpty }

    /// An upper estimate of the memory the batch holds, in bytes: what admission control counts.
    public var memoryBytes: Int {
        strings.byteCount + strings.count * 20 + values.count * 8 + shapes.fields.count * 8 + count * 112
            + events.count * 32 + links.count * 48 + resources.count * 32 + scopes.count * 40
    }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        strings.removeAll()
        shapes.removeAll()
        values.removeAll(keepingCapacity: true)
        resources.removeAll(keepingCapacity: true)
        scopes.removeAll(keepingCapacity: true)
        traceID.removeAll(keepingCapacity: true)
        spanID.removeAll(keepingCapacity: true)
        parentSpanID.removeAll(keepingCapacity: true)
        startNanoseconds.removeAll(keepingCapacity: true)
        endNanoseconds.removeAll(keepingCapacity: true)
        name.removeAll(keepingCapacity: true)
        kind.removeAll(keepingCapacity: true)
        statusCode.removeAll(keepingCapacity: true)
        statusMessage.removeAll(keepingCapacity: true)
        traceState.removeAll(keepingCapacity: true)
        flags.removeAll(keepingCapacity: true)
        resource.removeAll(keepingCapacity: true)
        scope.removeAll(keepingCapacity: true)
        attributes.removeAll(keepingCapacity: true)
        droppedAttributes.removeAll(keepingCapacity: true)
        droppedEvents.removeAll(keepingCapacity: true)
        droppedLinks.removeAll(keepingCapacity: true)
        eventStart.removeAll(keepingCapacity: true)
        eventStart.append(0)
        events.removeAll(keepingCapacity: true)
        linkStart.removeAll(keepingCapacity: true)
        linkStart.append(0)
        links.removeAll(keepingCapacity: true)
    }

    /// Reserves room for `rows` spans in every per-row column.
    public mutating func reserve(rows: Int) {
        traceID.reserveCapacity(rows)
        spanID.reserveCapacity(rows)
        parentSpanID.reserveCapacity(rows)
        startNanoseconds.reserveCapacity(rows)
        endNanoseconds.reserveCapacity(rows)
        name.reserveCapacity(rows)
        kind.reserveCapacity(rows)
        statusCode.reserveCapacity(rows)
        statusMessage.reserveCapacity(rows)
        traceState.reserveCapacity(rows)
        flags.reserveCapacity(rows)
        resource.reserveCapacity(rows)
        scope.reserveCapacity(rows)
        attributes.reserveCapacity(rows)
        droppedAttributes.reserveCapacity(rows)
        droppedEvents.reserveCapacity(rows)
        droppedLinks.reserveCapacity(rows)
        eventStart.reserveCapacity(rows + 1)
        linkStart.reserveCapacity(rows + 1)
    }

    /// Appends one row. Its events and links are those appended to `events` and `links` since the last row.
    @inlinable
    public mutating func append(row: SpanRow) {
        traceID.append(row.traceID)
        spanID.append(row.spanID)
        parentSpanID.append(row.parentSpanID)
        startNanoseconds.append(row.startNanoseconds)
        endNanoseconds.append(row.endNanoseconds)
        name.append(row.name)
        kind.append(row.kind)
        statusCode.append(row.statusCode)
        statusMessage.append(row.statusMessage)
        traceState.append(row.traceState)
        flags.append(row.flags)
        resource.append(row.resource)
        scope.append(row.scope)
        attributes.append(row.attributes)
        droppedAttributes.append(row.droppedAttributes)
        droppedEvents.append(row.droppedEvents)
        droppedLinks.append(row.droppedLinks)
        eventStart.append(UInt32(truncatingIfNeeded: events.count))
        linkStart.append(UInt32(truncatingIfNeeded: links.count))
    }

    /// Row `index` without its events and links, which `eventStart` and `linkStart` find.
    @inlinable
    public func row(_ index: Int) -> SpanRow {
        SpanRow(
            traceID: traceID[index], spanID: spanID[index], parentSpanID: parentSpanID[index],
            startNanoseconds: startNanoseconds[index], endNanoseconds: endNanoseconds[index], name: name[index],
            kind: kind[index], statusCode: statusCode[index], statusMessage: statusMessage[index],
            traceState: traceState[index], flags: flags[index], resource: resource[index], scope: scope[index],
            attributes: attributes[index], droppedAttributes: droppedAttributes[index],
            droppedEvents: droppedEvents[index], droppedLinks: droppedLinks[index])
    }
}

/// One span's fields as `SpanBatch` keeps them.
@frozen
public struct SpanRow: Sendable {
    public var traceID = TraceID(high: 0, low: 0)
    public var spanID = SpanID.none
    public var parentSpanID = SpanID.none
    public var startNanoseconds: UInt64 = 0
    public var endNanoseconds: UInt64 = 0
    public var name = StringRef.empty
    public var kind: Int32 = 0
    public var statusCode: Int32 = 0
    public var statusMessage = StringRef.empty
    public var traceState = StringRef.empty
    public var flags: UInt32 = 0
    public var resource: UInt32 = 0
    public var scope: UInt32 = 0
    public var attributes = AttributeList.empty
    public var droppedAttributes: UInt32 = 0
    public var droppedEvents: UInt32 = 0
    public var droppedLinks: UInt32 = 0

    @inlinable public init() {}

    @inlinable
    public init(
        traceID: TraceID, spanID: SpanID, parentSpanID: SpanID, startNanoseconds: UInt64, endNanoseconds: UInt64,
        name: StringRef, kind: Int32, statusCode: Int32, statusMessage: StringRef, traceState: StringRef,
        flags: UInt32, resource: UInt32, scope: UInt32, attributes: AttributeList, droppedAttributes: UInt32,
        droppedEvents: UInt32, droppedLinks: UInt32
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentSpanID = parentSpanID
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
        self.name = name
        self.kind = kind
        self.statusCode = statusCode
        self.statusMessage = statusMessage
        self.traceState = traceState
        self.flags = flags
        self.resource = resource
        self.scope = scope
        self.attributes = attributes
        self.droppedAttributes = droppedAttributes
        self.droppedEvents = droppedEvents
        self.droppedLinks = droppedLinks
    }
}

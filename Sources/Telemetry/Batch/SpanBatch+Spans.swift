extension SpanBatch {
    /// A batch of `spans`, resources and scopes interned.
    public init(_ spans: some Sequence<Span>) {
        self.init()
        var builder = SpanBatchBuilder()
        for span in spans { builder.append(span) }
        self = builder.batch
    }

    /// Row `index` as a value.
    public func span(_ index: Int) -> Span {
        Span(
            traceID: traceID[index], spanID: spanID[index], parentSpanID: parentSpanID[index],
            traceState: strings.string(traceState[index]), flags: flags[index], name: strings.string(name[index]),
            kind: SpanKind(rawValue: kind[index]), startNanoseconds: startNanoseconds[index],
            endNanoseconds: endNanoseconds[index], attributes: attributes(attributes[index]),
            droppedAttributesCount: droppedAttributes[index],
            events: (Int(eventStart[index])..<Int(eventStart[index + 1])).map { event($0) },
            droppedEventsCount: droppedEvents[index],
            links: (Int(linkStart[index])..<Int(linkStart[index + 1])).map { link($0) },
            droppedLinksCount: droppedLinks[index],
            status: SpanStatus(code: statusCode[index], message: strings.string(statusMessage[index])),
            resource: resourceValue(Int(resource[index])), scope: scopeValue(Int(scope[index])))
    }

    /// An attribute list as values.
    public func attributes(_ list: AttributeList) -> [Attribute] {
        let range = shapes.range(list.shape)
        return range.map { index in
            let field = shapes.fields[index]
            return Attribute(
                strings.string(field.key),
                value(type: field.type, payload: values[Int(list.start) + index - range.lowerBound]))
        }
    }

    /// A payload read by its type.
    public func value(type: ValueType, payload: UInt64) -> AttributeValue {
        let ref = StringRef(UInt32(truncatingIfNeeded: payload))
        switch type {
        case .empty: return .empty
        case .string: return .string(strings.string(ref))
        case .bool: return .bool(payload != 0)
        case .int: return .int(Int64(bitPattern: payload))
        case .double: return .double(Double(bitPattern: payload))
        case .bytes: return .bytes(strings.bytes(ref))
        // Decoders have checked nested bytes before they entered a batch.
        case .array: return .array(NestedValue.decode(array: strings.bytes(ref)[...]) ?? [])
        case .map: return .map(NestedValue.decode(map: strings.bytes(ref)[...]) ?? [])
        }
    }

    public func resourceValue(_ index: Int) -> Resource {
        let record = resources[index]
        return Resource(
            attributes: attributes(record.attributes), droppedAttributesCount: record.droppedAttributes,
            schemaURL: strings.string(record.schemaURL), entityReferences: strings.bytes(record.entityReferences))
    }

    public func scopeValue(_ index: Int) -> InstrumentationScope {
        let record = scopes[index]
        return InstrumentationScope(
            name: strings.string(record.name), version: strings.string(record.version),
            attributes: attributes(record.attributes), droppedAttributesCount: record.droppedAttributes,
            schemaURL: strings.string(record.schemaURL))
    }

    public func event(_ index: Int) -> SpanEvent {
        let record = events[index]
        return SpanEvent(
            timeNanoseconds: record.timeNanoseconds, name: strings.string(record.name),
            attributes: attributes(record.attributes), droppedAttributesCount: record.droppedAttributes)
    }

    public func link(_ index: Int) -> SpanLink {
        let record = links[index]
        return SpanLink(
            traceID: record.traceID, spanID: record.spanID, traceState: strings.string(record.traceState),
            attributes: attributes(record.attributes), droppedAttributesCount: record.droppedAttributes,
            flags: record.flags)
    }

    /// Appends a list of attributes and returns where it is.
    public mutating func appendAttributes(_ attributes: [Attribute]) -> AttributeList {
        if attributes.isEmpty { return .empty }
        var layout: [ShapeField] = []
        layout.reserveCapacity(attributes.count)
        let start = UInt32(values.count)
        for attribute in attributes {
            let (type, payload) = intern(attribute.value)
            layout.append(ShapeField(key: strings.intern(attribute.key), type: type))
            values.append(payload)
        }
        return AttributeList(shape: shapes.intern(layout), start: start)
    }

    /// The type and payload that stand for `value` in this batch.
    public mutating func intern(_ value: AttributeValue) -> (type: ValueType, payload: UInt64) {
        switch value {
        case .empty: (.empty, 0)
        case .string(let text): (.string, UInt64(strings.intern(text).rawValue))
        case .bool(let flag): (.bool, flag ? 1 : 0)
        case .int(let number): (.int, UInt64(bitPattern: number))
        case .double(let number): (.double, number.bitPattern)
        case .bytes(let raw): (.bytes, UInt64(strings.intern(raw).rawValue))
        case .array(let values): (.array, UInt64(strings.intern(NestedValue.encode(array: values)).rawValue))
        case .map(let entries): (.map, UInt64(strings.intern(NestedValue.encode(map: entries)).rawValue))
        }
    }
}

/// Builds a `SpanBatch` from `Span` values, each distinct resource and scope stored once.
public struct SpanBatchBuilder: Sendable {
    public private(set) var batch = SpanBatch()
    private var resources: [Resource: UInt32] = [:]
    private var scopes: [InstrumentationScope: UInt32] = [:]

    public init() {}

    /// Takes the batch out and starts an empty one.
    public mutating func take() -> SpanBatch {
        let taken = batch
        self = SpanBatchBuilder()
        return taken
    }

    public mutating func append(_ span: Span) {
        var row = SpanRow()
        row.traceID = span.traceID
        row.spanID = span.spanID
        row.parentSpanID = span.parentSpanID
        row.startNanoseconds = span.startNanoseconds
        row.endNanoseconds = span.endNanoseconds
        row.name = batch.strings.intern(span.name)
        row.kind = span.kind.rawValue
        row.statusCode = span.status.code
        row.statusMessage = batch.strings.intern(span.status.message)
        row.traceState = batch.strings.intern(span.traceState)
        row.flags = span.flags
        row.resource = intern(span.resource)
        row.scope = intern(span.scope)
        row.attributes = batch.appendAttributes(span.attributes)
        row.droppedAttributes = span.droppedAttributesCount
        row.droppedEvents = span.droppedEventsCount
        row.droppedLinks = span.droppedLinksCount
        for event in span.events {
            batch.events.append(
                EventRecord(
                    timeNanoseconds: event.timeNanoseconds, name: batch.strings.intern(event.name),
                    attributes: batch.appendAttributes(event.attributes),
                    droppedAttributes: event.droppedAttributesCount))
        }
        for link in span.links {
            batch.links.append(
                LinkRecord(
                    traceID: link.traceID, spanID: link.spanID, traceState: batch.strings.intern(link.traceState),
                    attributes: batch.appendAttributes(link.attributes),
                    droppedAttributes: link.droppedAttributesCount, flags: link.flags))
        }
        batch.append(row: row)
    }

    private mutating func intern(_ resource: Resource) -> UInt32 {
        if let index = resources[resource] { return index }
        let index = UInt32(batch.resources.count)
        batch.resources.append(
            ResourceRecord(
                attributes: batch.appendAttributes(resource.attributes),
                droppedAttributes: resource.droppedAttributesCount,
                schemaURL: batch.strings.intern(resource.schemaURL),
                entityReferences: batch.strings.intern(resource.entityReferences)))
        resources[resource] = index
        return index
    }

    private mutating func intern(_ scope: InstrumentationScope) -> UInt32 {
        if let index = scopes[scope] { return index }
        let index = UInt32(batch.scopes.count)
        batch.scopes.append(
            ScopeRecord(
                name: batch.strings.intern(scope.name), version: batch.strings.intern(scope.version),
                attributes: batch.appendAttributes(scope.attributes),
                droppedAttributes: scope.droppedAttributesCount,
                schemaURL: batch.strings.intern(scope.schemaURL)))
        scopes[scope] = index
        return index
    }
}

import Telemetry

/// What went into a segment, in the same terms.
extension PlainSpan {
    init(_ batch: SpanBatch, _ row: Int) {
        let resource = batch.resources[Int(batch.resource[row])]
        let scope = batch.scopes[Int(batch.scope[row])]
        func bytes(_ text: StringRef) -> [UInt8] { batch.strings.bytes(text) }
        self.init(
            traceID: PlainSpan.bytes(batch.traceID[row]), spanID: batch.spanID[row].rawValue,
            parentID: batch.parentSpanID[row].rawValue, start: batch.startNanoseconds[row],
            end: batch.endNanoseconds[row], name: bytes(batch.name[row]), kind: batch.kind[row],
            statusCode: batch.statusCode[row], statusMessage: bytes(batch.statusMessage[row]),
            traceState: bytes(batch.traceState[row]), flags: batch.flags[row],
            attributes: PlainSpan.list(batch, batch.attributes[row]), droppedAttributes: batch.droppedAttributes[row],
            events: batch.events[Int(batch.eventStart[row])..<Int(batch.eventStart[row + 1])].map { event in
                PlainEvent(
                    time: event.timeNanoseconds, name: bytes(event.name),
                    attributes: PlainSpan.list(batch, event.attributes), dropped: event.droppedAttributes)
            },
            droppedEvents: batch.droppedEvents[row],
            links: batch.links[Int(batch.linkStart[row])..<Int(batch.linkStart[row + 1])].map { link in
                PlainLink(
                    traceID: PlainSpan.bytes(link.traceID), spanID: link.spanID.rawValue,
                    traceState: bytes(link.traceState), attributes: PlainSpan.list(batch, link.attributes),
                    dropped: link.droppedAttributes, flags: link.flags)
            },
            droppedLinks: batch.droppedLinks[row],
            resource: PlainResource(
                attributes: PlainSpan.list(batch, resource.attributes), dropped: resource.droppedAttributes,
                schemaURL: bytes(resource.schemaURL), entityReferences: bytes(resource.entityReferences)),
            scope: PlainScope(
                name: bytes(scope.name), version: bytes(scope.version),
                attributes: PlainSpan.list(batch, scope.attributes), dropped: scope.droppedAttributes,
                schemaURL: bytes(scope.schemaURL)))
    }

    static func all(_ batch: SpanBatch) -> [PlainSpan] { (0..<batch.count).map { PlainSpan(batch, $0) } }

    static func bytes(_ trace: TraceID) -> [UInt8] {
        PlainOutput.u64(trace.high.byteSwapped) + PlainOutput.u64(trace.low.byteSwapped)
    }

    private static func list(_ batch: SpanBatch, _ list: AttributeList) -> [PlainAttribute] {
        batch.shapes.range(list.shape).enumerated().map { offset, index in
            let field = batch.shapes.fields[index]
            let payload = batch.values[Int(list.start) + offset]
            let text = field.type.isReference ? batch.strings.bytes(StringRef(UInt32(payload))) : []
            let value: PlainValue =
                switch field.type {
                case .empty: .none
                case .string: .string(text)
                case .bool: .bool(payload != 0)
                case .int: .int(Int64(bitPattern: payload))
                case .double: .double(payload)
                case .bytes: .bytes(text)
                case .array: .array(text)
                case .map: .map(text)
                }
            return PlainAttribute(key: batch.strings.bytes(field.key), value: value)
        }
    }
}

extension PlainProvenance {
    init(_ provenance: Provenance) {
        self.init(
            door: provenance.door.rawValue, principal: Array(provenance.principal.utf8),
            instance: Array(provenance.instance.utf8), incarnation: provenance.incarnation,
            sequence: provenance.sequence, received: provenance.receivedNanoseconds)
    }
}

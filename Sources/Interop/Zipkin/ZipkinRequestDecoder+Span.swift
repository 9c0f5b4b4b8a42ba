import Telemetry

extension ZipkinRequestDecoder {
    /// One span: a row, or a rejection that is counted.
    mutating func span(into batch: inout SpanBatch) throws(DecodeFault) {
        let spanStart = reader.position
        let valuesMark = batch.values.count
        let eventsMark = batch.events.count
        var draft = ZipkinSpanDraft()
        recent.forget()
        resources.moved.removeAll(keepingCapacity: true)
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .traceId: draft.row.traceID = try traceID()
            case .id: draft.row.spanID = try spanID(mayBeNone: false)
            case .parentId: draft.row.parentSpanID = try spanID(mayBeNone: true)
            case .kind: try kind(&draft)
            case .name:
                draft.row.name = try text(into: &batch)
                if scratch.count == 0 { recent.begin(draft.row.name) }
            case .timestamp:
                draft.row.startNanoseconds = try microseconds()
                draft.startIsAbsent = draft.row.startNanoseconds == 0
            case .duration: draft.duration = try microseconds()
            case .localEndpoint: draft.local = try localEndpoint(into: &batch)
            case .remoteEndpoint: draft.remote = try remoteEndpoint(into: &batch)
            case .annotations: try annotations(into: &batch)
            case .tags: try tags(&draft, into: &batch)
            case .debug: draft.isDebug = try reader.bool()
            case .shared: draft.isShared = try reader.bool()
            default: try reader.skip()
            }
        }
        if !draft.row.traceID.isValid { reject(.missingTraceID, at: spanStart) }
        if !draft.row.spanID.isValid { reject(.missingSpanID, at: spanStart) }
        let (end, overflow) = draft.row.startNanoseconds.addingReportingOverflow(draft.duration)
        if overflow { reject(.microseconds, at: spanStart) }
        draft.row.endNanoseconds = end
        if let rejection {
            rejected += 1
            if firstRejection == nil { firstRejection = rejection }
            self.rejection = nil
            scratch.count = 0
            batch.values.removeLast(batch.values.count - valuesMark)
            batch.events.removeLast(batch.events.count - eventsMark)
            return
        }
        append(&draft, into: &batch)
    }

    private mutating func append(_ draft: inout ZipkinSpanDraft, into batch: inout SpanBatch) {
        if draft.hasError { draft.row.statusCode = SpanStatus.error }
        // Zipkin's libraries write a root's own id as its parent.
        if draft.row.parentSpanID == draft.row.spanID { draft.row.parentSpanID = .none }
        add(draft.local, "network.local.address", "net.host.port", "zipkin.localEndpoint.ipv4", into: &batch)
        if draft.remote.serviceName != .empty {
            push("peer.service", .string, UInt64(draft.remote.serviceName.rawValue), into: &batch)
        }
        add(draft.remote, "network.peer.address", "net.peer.port", "zipkin.remoteEndpoint.ipv4", into: &batch)
        if draft.isShared { push("zipkin.shared", .bool, 1, into: &batch) }
        if draft.isDebug { push("zipkin.debug", .bool, 1, into: &batch) }
        if draft.startIsAbsent { push("otel.zipkin.absentField.startTime", .bool, 1, into: &batch) }
        draft.row.attributes = scratch.flushSpan(&recent, into: &batch)
        draft.row.resource = resources.resource(
            draft.local.serviceName, source: draft.serviceNameSource, scratch: &scratch, into: &batch)
        draft.row.scope = resources.scope(draft.scopeName, draft.scopeVersion, into: &batch)
        batch.append(row: draft.row)
    }

    /// Of two addresses OpenTelemetry's translation keeps the second.
    private mutating func add(
        _ endpoint: ZipkinEndpointDraft, _ address: String, _ port: String, _ other: String, into batch: inout SpanBatch
    ) {
        if endpoint.ipv6 != .empty {
            push(address, .string, UInt64(endpoint.ipv6.rawValue), into: &batch)
            if endpoint.ipv4 != .empty { push(other, .string, UInt64(endpoint.ipv4.rawValue), into: &batch) }
        } else if endpoint.ipv4 != .empty {
            push(address, .string, UInt64(endpoint.ipv4.rawValue), into: &batch)
        }
        if endpoint.port != 0 { push(port, .int, endpoint.port, into: &batch) }
    }

    private mutating func push(_ key: String, _ type: ValueType, _ payload: UInt64, into batch: inout SpanBatch) {
        let field = ShapeField(key: batch.strings.intern(key), type: type)
        let index = scratch.count
        scratch.push(field, payload)
        recent.record(index, field: field, payload: payload, raw: 0..<0)
    }
}

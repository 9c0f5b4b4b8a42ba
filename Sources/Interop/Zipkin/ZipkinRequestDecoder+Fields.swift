import Telemetry

extension ZipkinRequestDecoder {
    /// 1 to 32 hexadecimal digits, zeros on the left left out; Zipkin's own server widens them likewise.
    mutating func traceID() throws(DecodeFault) -> TraceID {
        _ = try reader.next()
        let start = reader.position
        let digits = try reader.string()
        let split = max(0, digits.count - 16)
        guard (1...32).contains(digits.count), let high = HexDigits.parse(digits, 0..<split, allowUpperCase: true),
            let low = HexDigits.parse(digits, split..<digits.count, allowUpperCase: true), high | low != 0
        else {
            reject(.zipkinTraceID, at: start)
            return TraceID(high: 0, low: 0)
        }
        return TraceID(high: high, low: low)
    }

    /// 1 to 16 hexadecimal digits; with `mayBeNone` also nothing, or zeros.
    mutating func spanID(mayBeNone: Bool) throws(DecodeFault) -> SpanID {
        _ = try reader.next()
        let start = reader.position
        let digits = try reader.string()
        if digits.isEmpty, mayBeNone { return .none }
        guard (1...16).contains(digits.count),
            let value = HexDigits.parse(digits, 0..<digits.count, allowUpperCase: true), mayBeNone || value != 0
        else {
            reject(.zipkinSpanID, at: start)
            return .none
        }
        return SpanID(value)
    }

    mutating func kind(_ draft: inout ZipkinSpanDraft) throws(DecodeFault) {
        _ = try reader.next()
        let start = reader.position
        let word = try reader.string()
        for (kind, name) in Self.kinds where JSONReader.equal(word, name) {
            draft.row.kind = kind.rawValue
            draft.kindIsKnown = true
            return
        }
        reject(.zipkinKind, at: start)
    }

    private static let kinds: [(SpanKind, StaticString)] = [
        (.client, "CLIENT"), (.server, "SERVER"), (.producer, "PRODUCER"), (.consumer, "CONSUMER"),
    ]

    /// A time in microseconds as nanoseconds.
    mutating func microseconds() throws(DecodeFault) -> UInt64 {
        _ = try reader.next()
        let start = reader.position
        let (product, overflow) = try reader.unsigned().multipliedReportingOverflow(by: 1000)
        if overflow { reject(.microseconds, at: start) }
        return overflow ? 0 : product
    }

    mutating func localEndpoint(into batch: inout SpanBatch) throws(DecodeFault) -> ZipkinEndpointDraft {
        let last = localEndpoints
        let endpoint = try endpoint(last, into: &batch)
        if rejection == nil { localEndpoints = endpoint }
        return endpoint.endpoint
    }

    mutating func remoteEndpoint(into batch: inout SpanBatch) throws(DecodeFault) -> ZipkinEndpointDraft {
        let last = remoteEndpoints
        let endpoint = try endpoint(last, into: &batch)
        if rejection == nil { remoteEndpoints = endpoint }
        return endpoint.endpoint
    }

    /// An endpoint, read unless it is `last` byte for byte.
    private mutating func endpoint(
        _ last: ZipkinRecentEndpoint, into batch: inout SpanBatch
    ) throws(DecodeFault) -> ZipkinRecentEndpoint {
        _ = try reader.next()
        let start = reader.position
        if !last.raw.isEmpty, reader.end - start >= last.raw.count {
            // What equals a whole value is a whole value.
            let here = start..<start + last.raw.count
            if ByteHash.equal(reader.bytes(last.raw), reader.bytes(here)) {
                reader.position = here.upperBound
                return last
            }
        }
        var endpoint = ZipkinEndpointDraft()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .serviceName: endpoint.serviceName = try text(into: &batch)
            case .ipv4: endpoint.ipv4 = try text(into: &batch)
            case .ipv6: endpoint.ipv6 = try text(into: &batch)
            case .port: endpoint.port = try reader.unsigned(65_535)
            default: try reader.skip()
            }
        }
        return ZipkinRecentEndpoint(endpoint: endpoint, raw: start..<reader.position)
    }

    mutating func annotations(into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        var count = 0
        while try reader.nextElement(&isFirst) {
            count += 1
            if count > limits.maximumEventsPerSpan { reject(.tooManyEvents, at: reader.position) }
            var record = EventRecord(timeNanoseconds: 0, name: .empty, attributes: .empty, droppedAttributes: 0)
            try reader.enterObject()
            var members = Members()
            while let name = try next(&members) {
                switch name {
                case .timestamp: record.timeNanoseconds = try microseconds()
                case .value: record.name = try text(into: &batch)
                default: try reader.skip()
                }
            }
            if rejection == nil { batch.events.append(record) }
        }
    }
}

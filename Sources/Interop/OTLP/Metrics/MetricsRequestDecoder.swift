import Telemetry

/// The state of reading one protobuf metrics request; lives inside `OTLPMetricsDecoder.decode`.
struct MetricsRequestDecoder {
    var account: MetricsAccount
    var reader: ProtobufReader

    /// `ExportMetricsServiceRequest`.
    mutating func request() throws(DecodeFault) -> OTLPMetrics {
        var metrics = OTLPMetrics()
        while !reader.atEnd {
            let tag = try reader.tag()
            if tag == 1 << 3 | 2 {
                let outer = reader.enter(try reader.body())
                metrics.resources.append(try resourceMetrics())
                reader.leave(outer)
            } else {
                try reader.skip(tag, known: 1 << 1)
            }
        }
        return metrics
    }

    /// `ResourceMetrics`.
    private mutating func resourceMetrics() throws(DecodeFault) -> OTLPResourceMetrics {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.resource)
        var value = OTLPResourceMetrics()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try resource(&value.resource)
                reader.leave(outer)
            case 2 << 3 | 2:
                let outer = reader.enter(try reader.body())
                value.scopes.append(try scopeMetrics())
                reader.leave(outer)
            case 3 << 3 | 2: value.resource.schemaURL = try text()
            default: try reader.skip(tag, known: 0b1110)
            }
        }
        try account.end(account.rules.check(value.resource), at: start)
        return value
    }

    private mutating func resource(_ value: inout Resource) throws(DecodeFault) {
        while !reader.atEnd {
            let tagStart = reader.position
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: try attribute(into: &value.attributes)
            case 2 << 3: value.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            case 3 << 3 | 2:
                let entity = try reader.body()
                try EntityReference.check(&reader, entity)
                try account.charge(entity.upperBound - tagStart)
                value.entityReferences.append(contentsOf: reader.bytes(tagStart..<entity.upperBound))
            default: try reader.skip(tag, known: 0b1110)
            }
        }
    }

    /// `ScopeMetrics`.
    private mutating func scopeMetrics() throws(DecodeFault) -> OTLPScopeMetrics {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.scope)
        var value = OTLPScopeMetrics()
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try scope(&value.scope)
                reader.leave(outer)
            case 2 << 3 | 2:
                let outer = reader.enter(try reader.body())
                if let metric = try metric() { value.metrics.append(metric) }
                reader.leave(outer)
            case 3 << 3 | 2: value.scope.schemaURL = try text()
            default: try reader.skip(tag, known: 0b1110)
            }
        }
        try account.end(account.rules.check(value.scope), at: start)
        return value
    }

    private mutating func scope(_ value: inout InstrumentationScope) throws(DecodeFault) {
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: value.name = try text()
            case 2 << 3 | 2: value.version = try text()
            case 3 << 3 | 2: try attribute(into: &value.attributes)
            case 4 << 3: value.droppedAttributesCount = UInt32(truncatingIfNeeded: try reader.varint())
            default: try reader.skip(tag, known: 0b11110)
            }
        }
    }
}

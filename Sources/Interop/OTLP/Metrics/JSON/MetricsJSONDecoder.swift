import Telemetry

/// The state of reading one metrics request in JSON; lives inside `OTLPMetricsJSONDecoder.decode`.
struct MetricsJSONDecoder {
    let names = OTLPName.table
    var account: MetricsAccount
    var reader: JSONReader

    init(account: MetricsAccount, reader: JSONReader) {
        self.account = account
        self.reader = reader
    }

    /// What iterating over an object's members needs.
    struct Members {
        var isFirst = true
        var seen: UInt128 = 0
    }

    /// The next member that OTLP knows, the cursor at its value; `nil` at the object's end.
    mutating func next(_ members: inout Members) throws(DecodeFault) -> OTLPName? {
        OTLPName(rawValue: try reader.nextField(names, &members.isFirst, &members.seen))
    }

    /// `ExportMetricsServiceRequest`.
    mutating func request() throws(DecodeFault) -> OTLPMetrics {
        var metrics = OTLPMetrics()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            guard name == .resourceMetrics else {
                try reader.skip()
                continue
            }
            try reader.enterArray()
            var isFirst = true
            while try reader.nextElement(&isFirst) { metrics.resources.append(try resourceMetrics()) }
        }
        try reader.finish()
        return metrics
    }

    /// `ResourceMetrics`.
    private mutating func resourceMetrics() throws(DecodeFault) -> OTLPResourceMetrics {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.resource)
        var value = OTLPResourceMetrics()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .resource: try resource(&value.resource)
            case .schemaUrl: value.resource.schemaURL = try text()
            case .scopeMetrics:
                try reader.enterArray()
                var isFirst = true
                while try reader.nextElement(&isFirst) { value.scopes.append(try scopeMetrics()) }
            default: try reader.skip()
            }
        }
        try account.end(account.rules.check(value.resource), at: start)
        return value
    }

    private mutating func resource(_ value: inout Resource) throws(DecodeFault) {
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .attributes: value.attributes = try attributes()
            case .droppedAttributesCount: value.droppedAttributesCount = try reader.unsigned32()
            case .entityRefs: value.entityReferences = try EntityReferenceJSON.read(&reader, names)
            default: try reader.skip()
            }
        }
    }

    /// `ScopeMetrics`.
    private mutating func scopeMetrics() throws(DecodeFault) -> OTLPScopeMetrics {
        let start = reader.position
        try account.charge(MetricsAccount.Cost.scope)
        var value = OTLPScopeMetrics()
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .scope: try scope(&value.scope)
            case .schemaUrl: value.scope.schemaURL = try text()
            case .metrics:
                try reader.enterArray()
                var isFirst = true
                while try reader.nextElement(&isFirst) {
                    if let metric = try metric() { value.metrics.append(metric) }
                }
            default: try reader.skip()
            }
        }
        try account.end(account.rules.check(value.scope), at: start)
        return value
    }

    private mutating func scope(_ value: inout InstrumentationScope) throws(DecodeFault) {
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .name: value.name = try text()
            case .version: value.version = try text()
            case .attributes: value.attributes = try attributes()
            case .droppedAttributesCount: value.droppedAttributesCount = try reader.unsigned32()
            default: try reader.skip()
            }
        }
    }
}

import Telemetry

extension MetricsJSONDecoder {
    /// A string, its memory counted.
    mutating func text() throws(DecodeFault) -> String {
        let bytes = try reader.string()
        try account.charge(bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    mutating func counts() throws(DecodeFault) -> [UInt64] {
        var values: [UInt64] = []
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            try account.charge(MetricsAccount.Cost.number)
            values.append(try reader.unsigned())
        }
        return values
    }

    mutating func doubles() throws(DecodeFault) -> [Double] {
        var values: [Double] = []
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            try account.charge(MetricsAccount.Cost.number)
            values.append(try reader.double())
        }
        return values
    }

    /// 32 hexadecimal digits, or none.
    mutating func traceID() throws(DecodeFault) -> TraceID {
        _ = try reader.next()
        let start = reader.position
        let digits = try reader.string()
        if digits.isEmpty { return TraceID(high: 0, low: 0) }
        guard digits.count == 32, let high = HexDigits.parse(digits, 0..<16, allowUpperCase: true),
            let low = HexDigits.parse(digits, 16..<32, allowUpperCase: true)
        else {
            account.reject(.exemplarID, at: start)
            return TraceID(high: 0, low: 0)
        }
        return TraceID(high: high, low: low)
    }

    /// 16 hexadecimal digits, or none.
    mutating func spanID() throws(DecodeFault) -> SpanID {
        _ = try reader.next()
        let start = reader.position
        let digits = try reader.string()
        if digits.isEmpty { return .none }
        guard digits.count == 16, let value = HexDigits.parse(digits, 0..<16, allowUpperCase: true) else {
            account.reject(.exemplarID, at: start)
            return .none
        }
        return SpanID(value)
    }

    mutating func attributes() throws(DecodeFault) -> [Attribute] { try entries(depth: 0) }

    /// A list of `KeyValue`s inside `depth` arrays and maps.
    private mutating func entries(depth: Int) throws(DecodeFault) -> [Attribute] {
        var attributes: [Attribute] = []
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            try account.charge(MetricsAccount.Cost.attribute)
            var attribute = Attribute("", .empty)
            try reader.enterObject()
            var members = Members()
            while let name = try next(&members) {
                switch name {
                case .key: attribute.key = try text()
                case .value: attribute.value = try anyValue(depth: depth)
                default: try reader.skip()
                }
            }
            attributes.append(attribute)
        }
        return attributes
    }

    /// An `AnyValue`: an object with at most one member that is a value.
    private mutating func anyValue(depth: Int) throws(DecodeFault) -> AttributeValue {
        var value = AttributeValue.empty
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .stringValue, .boolValue, .intValue, .doubleValue, .arrayValue, .kvlistValue, .bytesValue:
                if value != .empty { throw .twoMembers }
                value = try member(name, depth: depth)
            default: try reader.skip()
            }
        }
        return value
    }

    private mutating func member(_ name: OTLPName, depth: Int) throws(DecodeFault) -> AttributeValue {
        switch name {
        case .stringValue: return .string(try text())
        case .boolValue: return .bool(try reader.bool())
        case .intValue: return .int(try reader.signed())
        case .doubleValue: return .double(try reader.double())
        case .bytesValue:
            _ = try reader.next()
            let start = reader.position
            let text = try reader.string()
            try account.charge(text.count)
            var bytes: [UInt8] = []
            if !Base64.decode(text, into: &bytes) { account.reject(.base64Value, at: start) }
            return .bytes(bytes)
        default: return try container(isMap: name == .kvlistValue, depth: depth + 1)
        }
    }

    /// An `ArrayValue` or `KeyValueList`. Deeper levels than the limit are not entered.
    private mutating func container(isMap: Bool, depth: Int) throws(DecodeFault) -> AttributeValue {
        var value: AttributeValue = isMap ? .map([]) : .array([])
        if depth > account.limits.maximumDepth {
            _ = try reader.next()
            account.reject(.nestedTooDeep, at: reader.position)
            try reader.skip()
            return value
        }
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            guard name == .values else {
                try reader.skip()
                continue
            }
            if isMap {
                value = .map(try entries(depth: depth))
                continue
            }
            var values: [AttributeValue] = []
            try reader.enterArray()
            var isFirst = true
            while try reader.nextElement(&isFirst) {
                try account.charge(MetricsAccount.Cost.attribute)
                values.append(try anyValue(depth: depth))
            }
            value = .array(values)
        }
        return value
    }
}

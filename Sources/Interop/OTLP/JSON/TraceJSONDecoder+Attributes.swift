import Telemetry

extension TraceJSONDecoder {
    /// The attributes of the span itself. Most repeat an attribute of an earlier span of that name, at the same place
    /// and byte for byte: those are not parsed again.
    mutating func spanAttributes(into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            let index = scratch.count
            let guess = recent.attribute(index)
            if let guess, reader.end &- reader.position >= guess.raw.count, index < limits.maximumAttributes {
                // What equals a whole value is a whole value.
                let here = reader.position..<reader.position &+ guess.raw.count
                if ByteHash.equal(reader.bytes(guess.raw), reader.bytes(here)) {
                    scratch.push(guess.field, guess.payload)
                    reader.position = here.upperBound
                    continue
                }
            }
            let start = reader.position
            let (field, payload) = try keyValue(count: index, guess: guess, into: &batch)
            if rejection == nil {
                scratch.push(field, payload)
                recent.record(index, field: field, payload: payload, raw: start..<reader.position)
            }
        }
    }

    /// The attributes of something else than a span. `base` is where the element's own attributes start.
    mutating func attributes(from base: Int, into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        while try reader.nextElement(&isFirst) {
            let (field, payload) = try keyValue(count: scratch.count - base, guess: nil, into: &batch)
            if rejection == nil { scratch.push(field, payload) }
        }
    }

    /// A `KeyValue`; `count` attributes stand before it.
    private mutating func keyValue(
        count: Int, guess: RecentLayouts.Attribute?, into batch: inout SpanBatch
    ) throws(DecodeFault) -> (ShapeField, UInt64) {
        if count >= limits.maximumAttributes { reject(.tooManyAttributes, at: reader.position) }
        var key = StringRef.empty
        var type = ValueType.empty
        var payload: UInt64 = 0
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .key:
                let bytes = try reader.string()
                if let guess, batch.strings.withBytes(guess.field.key, { ByteHash.equal($0, bytes) }) {
                    key = guess.field.key
                } else if bytes.count > limits.maximumKeyBytes {
                    reject(.keyTooLong, at: reader.position - 1)
                } else {
                    key = batch.strings.intern(bytes)
                }
            case .value: (type, payload) = try anyValue(into: &batch)
            default: try reader.skip()
            }
        }
        return (ShapeField(key: key, type: type), payload)
    }

    /// An `AnyValue`: an object with at most one member that is a value.
    private mutating func anyValue(into batch: inout SpanBatch) throws(DecodeFault) -> (ValueType, UInt64) {
        var value: (type: ValueType, payload: UInt64) = (.empty, 0)
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            switch name {
            case .stringValue, .boolValue, .intValue, .doubleValue, .arrayValue, .kvlistValue, .bytesValue:
                if value.type != .empty { throw .twoMembers }
            default:
                try reader.skip()
                continue
            }
            switch name {
            case .stringValue: value = (.string, UInt64(try text(into: &batch).rawValue))
            case .boolValue: value = (.bool, try reader.bool() ? 1 : 0)
            case .intValue: value = (.int, UInt64(bitPattern: try reader.signed()))
            case .doubleValue: value = (.double, try reader.double().bitPattern)
            case .bytesValue: value = (.bytes, UInt64(try bytesValue(into: &batch).rawValue))
            default: value = try container(isMap: name == .kvlistValue, into: &batch)
            }
        }
        return value
    }

    private mutating func bytesValue(into batch: inout SpanBatch) throws(DecodeFault) -> StringRef {
        _ = try reader.next()
        let start = reader.position
        var bytes: [UInt8] = []
        if !Base64.decode(try reader.string(), into: &bytes) { reject(.base64Value, at: start) }
        if bytes.count > limits.maximumValueBytes { reject(.valueTooLong, at: start) }
        return rejection == nil ? batch.strings.intern(bytes) : .empty
    }

    /// An `ArrayValue` or `KeyValueList`: kept as the protobuf message it stands for.
    private mutating func container(
        isMap: Bool, into batch: inout SpanBatch
    ) throws(DecodeFault) -> (ValueType, UInt64) {
        _ = try reader.next()
        let start = reader.position
        var encoder = NestedValueJSON(names: names, maximumDepth: maximumDepth)
        try encoder.container(isMap: isMap, depth: 1, &reader)
        if let (reason, offset) = encoder.rejection { reject(reason, at: offset) }
        let bytes = encoder.output.finish()
        if bytes.count > limits.maximumValueBytes { reject(.valueTooLong, at: start) }
        if rejection != nil { return (.empty, 0) }
        return (isMap ? .map : .array, UInt64(batch.strings.intern(bytes).rawValue))
    }
}

import Telemetry

/// Turns an `ArrayValue` or `KeyValueList` in JSON into its protobuf form, in which batches keep nested values.
struct NestedValueJSON {
    let names: JSONNames
    let maximumDepth: Int
    var output = ProtobufWriter()
    /// Why the value cannot be used; the first reason stays.
    private(set) var rejection: (reason: OTLPRejection.Reason, offset: Int)?

    init(names: JSONNames, maximumDepth: Int) {
        self.names = names
        self.maximumDepth = maximumDepth
    }

    /// The object at the cursor, whose `values` become field 1. Deeper levels than the limit are not entered.
    mutating func container(isMap: Bool, depth: Int, _ reader: inout JSONReader) throws(DecodeFault) {
        guard depth <= maximumDepth else {
            reject(.nestedTooDeep, at: reader.position)
            return try reader.skip()
        }
        try reader.enterObject()
        var isFirst = true
        var seen: UInt128 = 0
        while let name = try next(&reader, &isFirst, &seen) {
            guard name == .values else {
                try reader.skip()
                continue
            }
            try reader.enterArray()
            var isFirst = true
            while try reader.nextElement(&isFirst) {
                let start = output.beginMessage(1)
                if isMap {
                    try entry(depth: depth, &reader)
                } else {
                    try anyValue(depth: depth, &reader)
                }
                output.endMessage(start)
            }
        }
    }

    private func next(
        _ reader: inout JSONReader, _ isFirst: inout Bool, _ seen: inout UInt128
    ) throws(DecodeFault) -> OTLPName? {
        OTLPName(rawValue: try reader.nextField(names, &isFirst, &seen))
    }

    /// A `KeyValue`. Its key is written first wherever it stands.
    private mutating func entry(depth: Int, _ reader: inout JSONReader) throws(DecodeFault) {
        var value: Range<Int>?
        try reader.enterObject()
        var isFirst = true
        var seen: UInt128 = 0
        while let name = try next(&reader, &isFirst, &seen) {
            switch name {
            case .key: output.bytesField(1, try reader.string())
            case .value: value = try reader.skipRange()
            default: try reader.skip()
            }
        }
        guard let value else { return }
        let end = reader.position
        reader.position = value.lowerBound
        let start = output.beginMessage(2)
        try anyValue(depth: depth, &reader)
        output.endMessage(start)
        reader.position = end
    }

    private mutating func anyValue(depth: Int, _ reader: inout JSONReader) throws(DecodeFault) {
        var hasValue = false
        try reader.enterObject()
        var isFirst = true
        var seen: UInt128 = 0
        while let name = try next(&reader, &isFirst, &seen) {
            switch name {
            case .stringValue, .boolValue, .intValue, .doubleValue, .arrayValue, .kvlistValue, .bytesValue:
                if hasValue { throw .twoMembers }
                hasValue = true
                try member(name, depth: depth, &reader)
            default: try reader.skip()
            }
        }
    }

    private mutating func member(
        _ name: OTLPName, depth: Int, _ reader: inout JSONReader
    ) throws(DecodeFault) {
        switch name {
        case .stringValue: output.bytes(1, try reader.string())
        case .boolValue:
            output.tag(2, ProtobufReader.WireType.varint)
            output.varint(try reader.bool() ? 1 : 0)
        case .intValue:
            output.tag(3, ProtobufReader.WireType.varint)
            output.varint(UInt64(bitPattern: try reader.signed()))
        case .doubleValue:
            output.tag(4, ProtobufReader.WireType.fixed64)
            output.fixed64(try reader.double().bitPattern)
        case .bytesValue:
            _ = try reader.next()
            let start = reader.position
            var bytes: [UInt8] = []
            if !Base64.decode(try reader.string(), into: &bytes) { reject(.base64Value, at: start) }
            bytes.withUnsafeBytes { output.bytes(7, $0) }
        default:
            let start = output.beginMessage(name == .arrayValue ? 5 : 6)
            _ = try reader.next()
            try container(isMap: name == .kvlistValue, depth: depth + 1, &reader)
            output.endMessage(start)
        }
    }

    private mutating func reject(_ reason: OTLPRejection.Reason, at offset: Int) {
        if rejection == nil { rejection = (reason, offset) }
    }
}

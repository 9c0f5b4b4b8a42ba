import Telemetry

extension MetricsRequestDecoder {
    mutating func double() throws(DecodeFault) -> Double { Double(bitPattern: try reader.fixed64()) }

    mutating func flags() throws(DecodeFault) -> OTLPPointFlags {
        OTLPPointFlags(rawValue: UInt32(truncatingIfNeeded: try reader.varint()))
    }

    /// `sint32`: zigzag.
    mutating func signed32() throws(DecodeFault) -> Int32 {
        let bits = UInt32(truncatingIfNeeded: try reader.varint())
        return Int32(bitPattern: bits >> 1) ^ -Int32(bitPattern: bits & 1)
    }

    /// Repeated `fixed64`, packed or not.
    mutating func fixedCounts(_ tag: UInt64, into counts: inout [UInt64]) throws(DecodeFault) {
        if tag & 7 == ProtobufReader.WireType.fixed64 {
            try account.charge(MetricsAccount.Cost.number)
            return counts.append(try reader.fixed64())
        }
        let outer = reader.enter(try reader.body())
        while !reader.atEnd {
            try account.charge(MetricsAccount.Cost.number)
            counts.append(try reader.fixed64())
        }
        reader.leave(outer)
    }

    /// Repeated `double`, packed or not.
    mutating func doubles(_ tag: UInt64, into values: inout [Double]) throws(DecodeFault) {
        if tag & 7 == ProtobufReader.WireType.fixed64 {
            try account.charge(MetricsAccount.Cost.number)
            return values.append(try double())
        }
        let outer = reader.enter(try reader.body())
        while !reader.atEnd {
            try account.charge(MetricsAccount.Cost.number)
            values.append(try double())
        }
        reader.leave(outer)
    }

    /// Repeated `uint64`, packed or not.
    mutating func varintCounts(_ tag: UInt64, into counts: inout [UInt64]) throws(DecodeFault) {
        if tag & 7 == ProtobufReader.WireType.varint {
            try account.charge(MetricsAccount.Cost.number)
            return counts.append(try reader.varint())
        }
        let outer = reader.enter(try reader.body())
        while !reader.atEnd {
            try account.charge(MetricsAccount.Cost.number)
            counts.append(try reader.varint())
        }
        reader.leave(outer)
    }

    /// A string, its memory counted.
    mutating func text() throws(DecodeFault) -> String {
        let range = try reader.body()
        try account.charge(range.count)
        return String(decoding: reader.bytes(range), as: UTF8.self)
    }

    /// A `KeyValue`.
    mutating func attribute(into attributes: inout [Attribute]) throws(DecodeFault) {
        let outer = reader.enter(try reader.body())
        attributes.append(try keyValue(depth: 0))
        reader.leave(outer)
    }

    /// The `KeyValue` that the reader has entered, inside `depth` arrays and maps.
    private mutating func keyValue(depth: Int) throws(DecodeFault) -> Attribute {
        try account.charge(MetricsAccount.Cost.attribute)
        var attribute = Attribute("", .empty)
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: attribute.key = try text()
            case 2 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try anyValue(&attribute.value, depth: depth)
                reader.leave(outer)
            default: try reader.skip(tag, known: 0b110)
            }
        }
        return attribute
    }

    /// An `AnyValue`.
    private mutating func anyValue(_ value: inout AttributeValue, depth: Int) throws(DecodeFault) {
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: value = .string(try text())
            case 2 << 3: value = .bool(try reader.varint() != 0)
            case 3 << 3: value = .int(Int64(bitPattern: try reader.varint()))
            case 4 << 3 | 1: value = .double(try double())
            case 5 << 3 | 2, 6 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try container(&value, isMap: tag == 6 << 3 | 2, depth: depth + 1)
                reader.leave(outer)
            case 7 << 3 | 2:
                let range = try reader.body()
                try account.charge(range.count)
                value = .bytes(Array(reader.bytes(range)))
            default: try reader.skip(tag, known: 0b1111_1110)
            }
        }
    }

    /// An `ArrayValue` or `KeyValueList`; one that is repeated goes on. Deeper levels than the limit are not entered.
    private mutating func container(_ value: inout AttributeValue, isMap: Bool, depth: Int) throws(DecodeFault) {
        if depth > account.limits.maximumDepth {
            account.reject(.nestedTooDeep, at: reader.position)
            reader.position = reader.end
            return
        }
        var values: [AttributeValue] = []
        var entries: [Attribute] = []
        switch value {
        case .array(let earlier) where !isMap: values = earlier
        case .map(let earlier) where isMap: entries = earlier
        default: break
        }
        value = .empty
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == 1 << 3 | 2 else {
                try reader.skip(tag, known: 0b10)
                continue
            }
            let outer = reader.enter(try reader.body())
            if isMap {
                entries.append(try keyValue(depth: depth))
            } else {
                try account.charge(MetricsAccount.Cost.attribute)
                var element = AttributeValue.empty
                try anyValue(&element, depth: depth)
                values.append(element)
            }
            reader.leave(outer)
        }
        value = isMap ? .map(entries) : .array(values)
    }
}

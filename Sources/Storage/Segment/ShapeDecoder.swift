import Telemetry

/// Reads the shapes block.
enum ShapeDecoder {
    struct Decoded {
        var resources = StringList()
        var scopes = StringList()
        var layouts: [[SegmentDictionaries.Field]] = [[]]
        var slotCount = 0
        var shapes: [SegmentDictionaries.Shape] = []
    }

    static func decode(_ block: [UInt8], stringCount: Int, path: String) throws(StoreError) -> Decoded {
        try block.reading(path, "the shapes block") { source throws(StoreError) in
            var decoded = Decoded()
            for _ in 0..<(try source.count("resources", limit: source.remaining)) {
                decoded.resources.append(try source.string())
            }
            for _ in 0..<(try source.count("scopes", limit: source.remaining)) {
                decoded.scopes.append(try source.string())
            }
            try decodeLayouts(&source, stringCount, &decoded)
            let count = try source.count("shapes", limit: source.remaining)
            decoded.shapes.reserveCapacity(count)
            for _ in 0..<count { decoded.shapes.append(try decodeShape(&source, stringCount, decoded)) }
            try source.expectEnd()
            return decoded
        }
    }

    private static func decodeLayouts(
        _ source: inout ByteSource, _ stringCount: Int, _ decoded: inout Decoded
    ) throws(StoreError) {
        var slots: [UInt64: Int] = [:]
        for _ in 0..<(try source.count("layouts", limit: source.remaining)) {
            var fields: [SegmentDictionaries.Field] = []
            for _ in 0..<(try source.count("fields", limit: source.remaining)) {
                let key = try source.index("key", below: stringCount)
                let at = source.position
                guard let type = ValueType(rawValue: try source.byte()) else {
                    throw source.error("an unknown value type", at: at)
                }
                let pair = UInt64(key) << 8 | UInt64(type.rawValue)
                let slot = slots[pair] ?? slots.count
                slots[pair] = slot
                fields.append(SegmentDictionaries.Field(key: key, type: type, slot: slot))
            }
            decoded.layouts.append(fields)
        }
        decoded.slotCount = slots.count
    }

    private static func decodeShape(
        _ source: inout ByteSource, _ stringCount: Int, _ decoded: Decoded
    ) throws(StoreError) -> SegmentDictionaries.Shape {
        var shape = SegmentDictionaries.Shape(
            resource: try source.index("resource", below: decoded.resources.count),
            scope: try source.index("scope", below: decoded.scopes.count),
            name: try source.index("name", below: stringCount), kind: try source.zigzag32("kind"),
            statusCode: try source.zigzag32("status code"), flags: try source.word32("flags"),
            layout: try source.index("layout", below: decoded.layouts.count), numbers: [], attributes: [])
        for _ in ShapeColumns.Number.allCases { shape.numbers.append(try NumberPlan.decode(&source)) }
        for field in decoded.layouts[Int(shape.layout)] {
            shape.attributes.append(try decodeColumn(&source, field.type, stringCount))
        }
        return shape
    }

    private static func decodeColumn(
        _ source: inout ByteSource, _ type: ValueType, _ stringCount: Int
    ) throws(StoreError) -> ColumnPlan {
        let at = source.position
        let byte = try source.byte()
        var plan = ColumnPlan()
        guard let prediction = ColumnPlan.Prediction(rawValue: byte >> 4),
            let encoding = ColumnPlan.Encoding(rawValue: byte & 0xF),
            encoding.isString == nil || encoding.isString == type.isReference,
            encoding != .scaled || type == .double
        else { throw source.error("a column plan \(byte)", at: at) }
        plan.prediction = prediction
        plan.encoding = encoding
        if prediction == .all { return plan }
        switch encoding {
        case .constant: plan.constant = try decodeValue(&source, type, stringCount)
        case .number: plan.number = try NumberPlan.decode(&source)
        case .scaled:
            plan.size = try source.byte()
            guard Int(plan.size) < ColumnPlan.powersOfTen.count else {
                throw source.error("a power of ten \(plan.size)", at: at)
            }
            plan.number = try NumberPlan.decode(&source)
        case .decimal:
            plan.size = try source.byte()
            guard 1...18 ~= plan.size else { throw source.error("a number of \(plan.size) digits", at: at) }
            plan.prefix = Array(try source.string())
            plan.number = try NumberPlan.decode(&source)
        case .hex:
            plan.size = try source.byte()
            guard 1...64 ~= plan.size else { throw source.error("hexadecimal values of \(plan.size) bytes", at: at) }
        case .uuid, .text: break
        case .dictionary, .dictionaryPlanes:
            let count = try source.count("dictionary entries", limit: SegmentFormat.maximumColumnDictionary)
            guard count > 0 else { throw source.error("an empty column dictionary", at: at) }
            for _ in 0..<count { plan.dictionary.append(try decodeValue(&source, type, stringCount)) }
        }
        return plan
    }

    private static func decodeValue(
        _ source: inout ByteSource, _ type: ValueType, _ stringCount: Int
    ) throws(StoreError) -> UInt64 {
        switch type {
        case .string, .bytes, .array, .map: return UInt64(try source.index("string", below: stringCount))
        case .int: return UInt64(bitPattern: try source.zigzag())
        case .double: return try source.fixed64()
        case .empty: return 0
        case .bool:
            let at = source.position
            let value = try source.byte()
            guard value <= 1 else { throw source.error("a truth value of \(value)", at: at) }
            return UInt64(value)
        }
    }
}

extension ColumnPlan.Encoding {
    /// Whether it holds strings; `nil` where it can hold both.
    var isString: Bool? {
        switch self {
        case .constant, .dictionary, .dictionaryPlanes: nil
        case .number, .scaled: false
        case .uuid, .hex, .decimal, .text: true
        }
    }
}

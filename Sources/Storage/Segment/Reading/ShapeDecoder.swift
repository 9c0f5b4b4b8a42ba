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

    static func decode(
        _ block: [UInt8], stringCount: Int, version: UInt32, path: String
    ) throws(StoreError) -> Decoded {
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
            for _ in 0..<count { decoded.shapes.append(try decodeShape(&source, stringCount, decoded, version)) }
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
        _ source: inout ByteSource, _ stringCount: Int, _ decoded: Decoded, _ version: UInt32
    ) throws(StoreError) -> SegmentDictionaries.Shape {
        var shape = SegmentDictionaries.Shape(
            resource: try source.index("resource", below: decoded.resources.count),
            scope: try source.index("scope", below: decoded.scopes.count),
            name: version == 1 ? try source.index("name", below: stringCount) : 0, kind: try source.zigzag32("kind"),
            statusCode: try source.zigzag32("status code"), flags: try source.word32("flags"),
            layout: try source.index("layout", below: decoded.layouts.count), numbers: [], attributes: [])
        if version >= 2 {
            let at = source.position
            let plan = try decodeColumn(&source, .string, stringCount, version)
            guard plan.prediction == .none else { throw source.error("names that repeat others", at: at) }
            if plan.encoding == .constant { shape.name = UInt32(plan.constant) } else { shape.names = plan }
        }
        for _ in ShapeColumns.Number.allCases {
            shape.numbers.append(try NumberPlan.decode(&source, version: version))
        }
        for field in decoded.layouts[Int(shape.layout)] {
            shape.attributes.append(try decodeColumn(&source, field.type, stringCount, version))
        }
        return shape
    }

    private static func decodeColumn(
        _ source: inout ByteSource, _ type: ValueType, _ stringCount: Int, _ version: UInt32
    ) throws(StoreError) -> ColumnPlan {
        let at = source.position
        let byte = try source.byte()
        var plan = ColumnPlan()
        guard let prediction = ColumnPlan.Prediction(rawValue: byte >> 4),
            let encoding = ColumnPlan.Encoding(rawValue: byte & 0xF), encoding != .symbols || version >= 2,
            encoding.isString == nil || encoding.isString == type.isReference,
            encoding != .scaled || type == .double
        else { throw source.error("a column plan \(byte)", at: at) }
        plan.prediction = prediction
        plan.encoding = encoding
        if prediction == .all { return plan }
        switch encoding {
        case .constant: plan.constant = try decodeValue(&source, type, stringCount)
        case .number: plan.number = try NumberPlan.decode(&source, version: version)
        case .scaled:
            plan.size = try source.byte()
            guard Int(plan.size) < ColumnPlan.powersOfTen.count else {
                throw source.error("a power of ten \(plan.size)", at: at)
            }
            plan.number = try NumberPlan.decode(&source, version: version)
        case .uuid, .hex, .decimal, .text, .symbols: try decodeText(&source, version, &plan)
        case .dictionary, .dictionaryPlanes:
            let count = try source.count("dictionary entries", limit: SegmentFormat.maximumColumnDictionary)
            guard count > 0 else { throw source.error("an empty column dictionary", at: at) }
            for _ in 0..<count { plan.dictionary.append(try decodeValue(&source, type, stringCount)) }
        }
        return plan
    }

    /// The plan of strings that are not in a dictionary. Version 1 has neither ends nor case, and of decimals the digits
    /// before the prefix.
    private static func decodeText(
        _ source: inout ByteSource, _ version: UInt32, _ plan: inout ColumnPlan
    ) throws(StoreError) {
        if version >= 2 {
            plan.prefix = try end(&source)
            plan.suffix = try end(&source)
        }
        let at = source.position
        switch plan.encoding {
        case .uuid:
            if version >= 2 { plan.size = try source.byte() }
            guard plan.size <= 1 else { throw source.error("UUIDs of case \(plan.size)", at: at) }
        case .hex:
            plan.size = try source.byte()
            guard 1...64 ~= plan.size else { throw source.error("hexadecimal values of \(plan.size) bytes", at: at) }
        case .decimal:
            plan.size = try source.byte()
            guard plan.size <= 18, plan.size > 0 || version >= 2 else {
                throw source.error("a number of \(plan.size) digits", at: at)
            }
            if version == 1 { plan.prefix = try end(&source) }
            plan.number = try NumberPlan.decode(&source, version: version)
        case .symbols:
            let length = Int(try source.byte())
            let alphabet = Array(try source.string())
            guard SymbolCoding.lengths ~= length, SymbolCoding.alphabetSizes ~= alphabet.count,
                zip(alphabet, alphabet.dropFirst()).allSatisfy({ $0 < $1 })
            else { throw source.error("\(length) symbols of \(alphabet.count)", at: at) }
            plan.symbols = SymbolCoding(alphabet: alphabet, length: length)
        case .text, .constant, .number, .scaled, .dictionary, .dictionaryPlanes: break
        }
    }

    /// What all strings of a column begin or end with: it comes with each of them, so it must be short.
    private static func end(_ source: inout ByteSource) throws(StoreError) -> [UInt8] {
        let at = source.position
        let end = try source.string()
        guard end.count <= StringShape.maximumEnd else {
            throw source.error("\(end.count) bytes that strings of a column have in common", at: at)
        }
        return Array(end)
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
        case .uuid, .hex, .decimal, .text, .symbols: true
        }
    }
}

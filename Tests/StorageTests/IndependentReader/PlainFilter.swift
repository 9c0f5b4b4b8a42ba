/// A split-block Bloom filter, and the hashes that a span must have left in it.
struct PlainFilter {
    private var words: [[UInt32]] = []

    private static let salts: [UInt32] = [
        0x47B6_137B, 0x4497_4D91, 0x8824_AD5B, 0xA2B7_289D, 0x7054_95C7, 0x2DF1_424B, 0x9EFC_4947, 0x5C6B_FB31,
    ]

    init(a: [UInt8], b: [UInt8]) throws {
        guard a.isEmpty else { throw PlainError("a filter has a part A of \(a.count) bytes") }
        var source = PlainBytes(b)
        while !source.isAtEnd {
            let rest = b.count - source.position - 4
            let size = min(4096, rest)
            guard size > 0, size % 32 == 0 else { throw PlainError("a page of \(size) bytes") }
            let page = try source.take(size)
            guard try source.u32() == PlainChecksums.crc32(page) else { throw PlainError("CRC-32 of a filter page") }
            var words = PlainBytes(page)
            while !words.isAtEnd { self.words.append(try (0..<8).map { _ in try words.u32() }) }
        }
    }

    func mayContain(_ hash: UInt64) -> Bool {
        if words.isEmpty { return false }
        let block = words[Int(((hash >> 32) * UInt64(words.count)) >> 32)]
        let low = UInt32(truncatingIfNeeded: hash)
        return zip(block, PlainFilter.salts).allSatisfy { word, salt in (word >> ((low &* salt) >> 27)) & 1 == 1 }
    }

    /// How many bits of a hundred are set: what a filter is worth.
    var fill: Int {
        let bits = words.joined().reduce(0) { $0 + $1.nonzeroBitCount }
        return words.isEmpty ? 0 : bits * 100 / (words.count * 256)
    }

    enum Class: UInt8 {
        case span = 1
        case resource, scope, event, link, other
    }

    static func hash(_ place: Class, _ type: UInt8, _ key: [UInt8], _ value: [UInt8]) -> UInt64 {
        PlainChecksums.xxh64(value, seed: PlainChecksums.xxh64([place.rawValue, type] + key, seed: 0))
    }

    private static func hash(_ place: Class, _ key: [UInt8], _ value: PlainValue) throws -> [UInt64] {
        switch value {
        case .string(let text): return [hash(place, 1, key, text)]
        case .bool(let flag): return [hash(place, 2, key, [flag ? 1 : 0])]
        case .int(let number): return [hash(place, 3, key, PlainOutput.u64(UInt64(bitPattern: number)))]
        case .double(let bits):
            let number = Double(bitPattern: bits)
            if number.isNaN { return [] }
            if let whole = Int64(exactly: number) { return try hash(place, key, .int(whole)) }
            return [hash(place, 4, key, PlainOutput.u64(bits))]
        case .array(let message):
            return try PlainProtobuf.array(message).flatMap { value -> [UInt64] in
                if case .array = value { return [] }
                return try hash(place, key, value)
            }
        case .none, .bytes, .map: return []
        }
    }

    /// The hashes of a list of attributes.
    static func hashes(_ place: Class, _ attributes: [PlainAttribute]) throws -> Set<UInt64> {
        var hashes: Set<UInt64> = []
        for attribute in attributes {
            hashes.insert(hash(place, 0, attribute.key, []))
            hashes.formUnion(try hash(place, attribute.key, attribute.value))
        }
        return hashes
    }

    /// The hashes of a span but those of its resource and its scope.
    static func hashes(_ span: PlainSpan) throws -> Set<UInt64> {
        var hashes = try self.hashes(.span, span.attributes)
        for event in span.events { hashes.formUnion(try self.hashes(.event, event.attributes)) }
        for link in span.links { hashes.formUnion(try self.hashes(.link, link.attributes)) }
        let texts = [("name", span.name), ("status.message", span.statusMessage)]
        for (key, text) in texts + span.events.map({ ("event.name", $0.name) }) where !text.isEmpty {
            hashes.insert(hash(.other, 1, Array(key.utf8), text))
        }
        for (key, number) in [("kind", span.kind), ("status", span.statusCode)] {
            hashes.formUnion(try hash(.other, Array(key.utf8), .int(Int64(number))))
        }
        return hashes
    }

    static func hashes(_ resource: PlainResource) throws -> Set<UInt64> {
        try hashes(.resource, resource.attributes)
    }

    static func hashes(_ scope: PlainScope) throws -> Set<UInt64> {
        var hashes = try self.hashes(.scope, scope.attributes)
        for (key, text) in [("scope.name", scope.name), ("scope.version", scope.version)] where !text.isEmpty {
            hashes.insert(hash(.other, 1, Array(key.utf8), text))
        }
        return hashes
    }
}

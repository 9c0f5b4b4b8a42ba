/// What a group brings to listings.
struct PlainCatalog: Hashable {
    struct Times: Hashable {
        var earliest: UInt64
        var latest: UInt64
    }

    struct Operation: Hashable {
        var service: [UInt8]
        var name: [UInt8]
        var kind: Int32
    }

    struct Key: Hashable {
        /// 1 resource, 2 scope, 3 span, 4 event, 5 link.
        var place: UInt8
        var key: [UInt8]
        var type: UInt8
    }

    struct Value: Hashable {
        var key: Key
        var value: PlainValue
    }

    var services: [[UInt8]: Times] = [:]
    var operations: [Operation: Times] = [:]
    var keys: [Key: Times] = [:]
    var values: [Value: Times] = [:]

    init() {}

    init(_ part: [UInt8], group: UInt64) throws {
        var source = PlainBytes(part)
        func times(_ source: inout PlainBytes) throws -> Times {
            let earliest = group &+ (try source.varint())
            return Times(earliest: earliest, latest: earliest &+ (try source.varint()))
        }
        for _ in 0..<(try source.count()) {
            let service = try source.string()
            guard services.updateValue(try times(&source), forKey: service) == nil else { throw PlainError("twice") }
        }
        for _ in 0..<(try source.count(atMost: 4096)) {
            let operation = Operation(
                service: try source.string(), name: try source.string(), kind: try source.i32Zigzag())
            guard operations.updateValue(try times(&source), forKey: operation) == nil else {
                throw PlainError("twice")
            }
        }
        for _ in 0..<(try source.count()) {
            let place = try source.u8()
            guard (1...5).contains(place) else { throw PlainError("place \(place)") }
            let name = try source.string()
            let key = Key(place: place, key: name, type: try source.u8())
            guard keys.updateValue(try times(&source), forKey: key) == nil else { throw PlainError("twice") }
            for _ in 0..<(try source.count(atMost: 256)) {
                let value = Value(key: key, value: try PlainValue(type: key.type, &source) { try $0.string() })
                guard values.updateValue(try times(&source), forKey: value) == nil else { throw PlainError("twice") }
            }
        }
        guard source.isAtEnd else { throw PlainError("the catalog ends at \(source.position) of \(part.count)") }
    }
}

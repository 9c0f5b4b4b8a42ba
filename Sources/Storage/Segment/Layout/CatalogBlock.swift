import Telemetry

/// The catalog block of a row group: `SegmentCatalog` in bytes.
enum CatalogBlock {
    private typealias Times = SegmentCatalog.Times

    static func encode(_ catalog: SegmentCatalog, earliest: UInt64, to sink: ByteSink) {
        func times(_ times: Times) {
            sink.varint(times.earliest &- earliest)
            sink.varint(times.latest &- times.earliest)
        }
        sink.varint(catalog.services.count)
        for (service, bounds) in catalog.services.sorted(by: { $0.key < $1.key }) {
            sink.string(service)
            times(bounds)
        }
        sink.varint(catalog.operations.count)
        let operations = catalog.operations.sorted {
            ($0.key.service, $0.key.name, $0.key.kind) < ($1.key.service, $1.key.name, $1.key.kind)
        }
        for (operation, bounds) in operations {
            sink.string(operation.service)
            sink.string(operation.name)
            sink.zigzag(Int64(operation.kind))
            times(bounds)
        }
        let values = Dictionary(grouping: catalog.values) { $0.key.key }
        sink.varint(catalog.keys.count)
        let keys = catalog.keys.sorted {
            ($0.key.place.rawValue, $0.key.key, $0.key.type.rawValue)
                < ($1.key.place.rawValue, $1.key.key, $1.key.type.rawValue)
        }
        for (key, bounds) in keys {
            sink.byte(key.place.rawValue)
            sink.string(key.key)
            sink.byte(key.type.rawValue)
            times(bounds)
            let own = (values[key] ?? []).sorted { order($0.key.value) < order($1.key.value) }
            sink.varint(own.count)
            for (value, bounds) in own {
                encode(value.value, to: sink)
                times(bounds)
            }
        }
    }

    private static func encode(_ value: AttributeValue, to sink: ByteSink) {
        switch value {
        case .string(let text): sink.string(text)
        case .bool(let flag): sink.byte(flag ? 1 : 0)
        case .int(let number): sink.zigzag(number)
        case .double(let number): sink.fixed64(number.bitPattern)
        case .empty, .bytes, .array, .map: preconditionFailure("no catalog lists such values")
        }
    }

    /// Values of one type in an order of their own, so that equal catalogs have equal bytes.
    private static func order(_ value: AttributeValue) -> (String, Int64) {
        switch value {
        case .string(let text): (text, 0)
        case .bool(let flag): ("", flag ? 1 : 0)
        case .int(let number): ("", number)
        case .double(let number): ("", Int64(bitPattern: number.bitPattern))
        case .empty, .bytes, .array, .map: ("", 0)
        }
    }

    static func decode(_ block: [UInt8], earliest: UInt64, path: String) throws(StoreError) -> SegmentCatalog {
        try block.reading(path, "the catalog block") { source throws(StoreError) in
            var catalog = SegmentCatalog()
            for _ in 0..<(try source.count("services", limit: source.remaining)) {
                let service = String(decoding: try source.string(), as: UTF8.self)
                catalog.addService(service, try times(&source, earliest))
            }
            let operations = try source.count("operations", limit: SegmentCatalog.maximumOperations)
            for _ in 0..<operations {
                let service = String(decoding: try source.string(), as: UTF8.self)
                let name = String(decoding: try source.string(), as: UTF8.self)
                let operation = SegmentCatalog.Operation(
                    service: service, name: name, kind: try source.zigzag32("kind"))
                catalog.addOperation(operation, try times(&source, earliest))
            }
            for _ in 0..<(try source.count("keys", limit: source.remaining)) {
                let key = try key(&source)
                catalog.addKey(key, try times(&source, earliest))
                for _ in 0..<(try source.count("values", limit: SegmentCatalog.maximumValues)) {
                    let value = SegmentCatalog.Value(key: key, value: try value(&source, key.type))
                    catalog.addValue(value, try times(&source, earliest))
                }
            }
            try source.expectEnd()
            return catalog
        }
    }

    private static func times(_ source: inout ByteSource, _ earliest: UInt64) throws(StoreError) -> Times {
        let first = earliest &+ (try source.varint())
        return Times(earliest: first, latest: first &+ (try source.varint()))
    }

    private static func key(_ source: inout ByteSource) throws(StoreError) -> SegmentCatalog.Key {
        let at = source.position
        guard let place = SegmentCatalog.Place(rawValue: try source.byte()) else {
            throw source.error("an unknown place of an attribute", at: at)
        }
        let key = String(decoding: try source.string(), as: UTF8.self)
        guard let type = ValueType(rawValue: try source.byte()) else {
            throw source.error("an unknown value type", at: at)
        }
        return SegmentCatalog.Key(place: place, key: key, type: type)
    }

    private static func value(_ source: inout ByteSource, _ type: ValueType) throws(StoreError) -> AttributeValue {
        switch type {
        case .string: return .string(String(decoding: try source.string(), as: UTF8.self))
        case .bool: return .bool(try source.byte() != 0)
        case .int: return .int(try source.zigzag())
        case .double: return .double(Double(bitPattern: try source.fixed64()))
        case .empty, .bytes, .array, .map:
            throw source.error("a value of a type that is not listed", at: source.position)
        }
    }
}

import Telemetry

extension ListingRow {
    /// The rows of `catalog` in `table`, in key order.
    static func rows(_ catalog: SegmentCatalog, _ table: IndexSchema.Table) -> [ListingRow] {
        let rows =
            switch table {
            case .services: catalog.services.map { ListingRow([.text($0)], $1) }
            case .operations:
                catalog.operations.map {
                    ListingRow([.text($0.service), .text($0.name), .integer(Int64($0.kind))], $1)
                }
            case .attributeKeys: catalog.keys.map { ListingRow(columns($0), $1) }
            case .attributeValues:
                catalog.values.compactMap { value, times in
                    column(value.value).map { ListingRow(columns(value.key) + [$0], times) }
                }
            default: [ListingRow]()
            }
        return rows.sorted { $0.isBefore($1) }
    }

    /// The keys of a segment that must have values and list none, because they have too many.
    static func keysWithoutValues(_ catalog: SegmentCatalog) -> [[ListingColumn]] {
        let listed = Set(catalog.values.keys.map(\.key))
        return catalog.keys.keys.filter { isListed($0.type) && !listed.contains($0) }.map(columns)
    }

    private static func isListed(_ type: ValueType) -> Bool {
        switch type {
        case .string, .bool, .int, .double: true
        case .empty, .bytes, .array, .map: false
        }
    }

    private static func columns(_ key: SegmentCatalog.Key) -> [ListingColumn] {
        [.integer(Int64(key.place.rawValue)), .text(key.key), .integer(Int64(key.type.rawValue))]
    }

    /// `nil` for values that are not listed.
    private static func column(_ value: AttributeValue) -> ListingColumn? {
        switch value {
        case .string(let text): .text(text)
        case .bool(let flag): .integer(flag ? 1 : 0)
        case .int(let number): .integer(number)
        case .double(let number):
            .blob((0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> UInt64(56 - $0 * 8)) })
        default: nil
        }
    }

    /// `nil` where the row is none of operations.
    var operation: SegmentCatalog.Operation? {
        guard key.count == 3, let service = key[0].string, let name = key[1].string,
            let kind = key[2].number.flatMap({ Int32(exactly: $0) })
        else { return nil }
        return SegmentCatalog.Operation(service: service, name: name, kind: kind)
    }

    /// `nil` where the row is none of attributes.
    var attributeKey: SegmentCatalog.Key? {
        guard key.count >= 3, let place = key[0].number.flatMap({ UInt8(exactly: $0) }),
            let known = SegmentCatalog.Place(rawValue: place), let name = key[1].string,
            let type = key[2].number.flatMap({ UInt8(exactly: $0) }).flatMap({ ValueType(rawValue: $0) })
        else { return nil }
        return SegmentCatalog.Key(place: known, key: name, type: type)
    }

    /// `nil` where the row is none of values.
    var attributeValue: SegmentCatalog.Value? {
        guard key.count == 4, let attributeKey else { return nil }
        let value: AttributeValue
        switch (attributeKey.type, key[3]) {
        case (.string, .text(let text)): value = .string(String(decoding: text, as: UTF8.self))
        case (.bool, .integer(let flag)) where flag == 0 || flag == 1: value = .bool(flag == 1)
        case (.int, .integer(let number)): value = .int(number)
        case (.double, .blob(let bytes)) where bytes.count == 8:
            value = .double(Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) }))
        default: return nil
        }
        return SegmentCatalog.Value(key: attributeKey, value: value)
    }
}

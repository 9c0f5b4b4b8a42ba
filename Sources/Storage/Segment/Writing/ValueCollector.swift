import Telemetry

/// Collects the distinct values of a row group while its columns are planned: their hashes for the filter, and the
/// values of those keys that have few for the catalog.
final class ValueCollector {
    /// Values of one key and type in one place.
    struct Slot {
        var place: SegmentCatalog.Place
        /// String of the segment's tables.
        var key: StringRef
        var type: ValueType
        var times: SegmentCatalog.Times
        /// Payloads and the bounds of the spans that have them; none where there are too many.
        var values: [UInt64: SegmentCatalog.Times] = [:]
        var isFull = false
        /// Whether a row somewhere takes its value from an earlier one, so that the bounds of values are not known.
        var isPredicted = false
        fileprivate var filterKey: FilterKey
    }

    private(set) var slots: [Slot] = []
    private(set) var hashes = HashSet64()
    let tables: SegmentTables
    private let slotOfField: [UInt32]
    /// By place, for each (key, type) number of the segment's layouts: its index in `slots`, from 1.
    private var numbers: [[UInt32]]

    /// A longer text is no value of a list to choose from.
    private static let maximumListedBytes = 256

    init(_ tables: SegmentTables, _ slots: KeySlots) {
        self.tables = tables
        slotOfField = slots.ofField
        numbers = [[UInt32]](
            repeating: [UInt32](repeating: 0, count: slots.count),
            count: SegmentCatalog.Place.allCases.count + 1)
    }

    func insert(hash: UInt64) { hashes.insert(hash) }

    /// The slot of field `field` of the segment's layouts in `place`, which spans of `times` have.
    func slot(of field: Int, in place: SegmentCatalog.Place, _ times: SegmentCatalog.Times) -> Int {
        let number = Int(slotOfField[field])
        let known = numbers[Int(place.rawValue)][number]
        if known != 0 {
            slots[Int(known) - 1].times.include(times)
            return Int(known) - 1
        }
        let shapeField = tables.layouts.fields[field]
        slots.append(newSlot(place, shapeField.key, shapeField.type, times))
        numbers[Int(place.rawValue)][number] = UInt32(slots.count)
        return slots.count - 1
    }

    private func newSlot(
        _ place: SegmentCatalog.Place, _ key: StringRef, _ type: ValueType, _ times: SegmentCatalog.Times
    ) -> Slot {
        let filterKey = tables.strings.withBytes(key) { FilterKey(place.filterClass, key: $0) }
        hashes.insert(filterKey.presence)
        return Slot(place: place, key: key, type: type, times: times, filterKey: filterKey)
    }

    /// Notes one value of `slot` that spans of `times` have.
    func add(_ payload: UInt64, to slot: Int, _ times: SegmentCatalog.Times) {
        if slots[slot].isFull {
            insert(payload, of: slot)
            return
        }
        if slots[slot].values[payload] != nil {
            slots[slot].values[payload]?.include(times)
            return
        }
        insert(payload, of: slot)
        slots[slot].values[payload] = times
        if slots[slot].values.count > SegmentCatalog.maximumValues || !isListed(payload, slots[slot].type) {
            slots[slot].isFull = true
            slots[slot].values = [:]
        }
    }

    /// Notes the values of a column; those marked in `repeated` are known from another.
    func add(
        _ values: UnsafeBufferPointer<UInt64>, except repeated: UnsafeBufferPointer<Bool>, to slot: Int,
        _ times: SegmentCatalog.Times
    ) {
        var index = 0
        var previous: UInt64 = 0
        var isFirst = true
        while index < values.count, !slots[slot].isFull {
            let value = values[index]
            if !repeated[index], isFirst || value != previous { add(value, to: slot, times) }
            isFirst = false
            previous = value
            index += 1
        }
        // What is left has too many values to be listed: their hashes alone count.
        let key = slots[slot].filterKey
        switch slots[slot].type {
        case .int:
            while index < values.count {
                if !repeated[index] { hashes.insert(key.int(Int64(bitPattern: values[index]))) }
                index += 1
            }
        default:
            while index < values.count {
                if !repeated[index] { insert(values[index], of: slot) }
                index += 1
            }
        }
    }

    func markPredicted(_ slot: Int) { slots[slot].isPredicted = true }

    private func insert(_ payload: UInt64, of slot: Int) {
        let key = slots[slot].filterKey
        let type = slots[slot].type
        if type.isReference {
            tables.strings.withBytes(StringRef(UInt32(truncatingIfNeeded: payload))) { bytes in
                key.forEachHash(type, payload, bytes: bytes) { hashes.insert($0) }
            }
        } else {
            key.forEachHash(type, payload, bytes: UnsafeRawBufferPointer(start: nil, count: 0)) { hashes.insert($0) }
        }
    }

    private func isListed(_ payload: UInt64, _ type: ValueType) -> Bool {
        switch type {
        case .bool, .int, .double: true
        case .string:
            tables.strings.range(StringRef(UInt32(truncatingIfNeeded: payload))).count
                <= ValueCollector.maximumListedBytes
        case .empty, .bytes, .array, .map: false
        }
    }
}

extension SegmentCatalog.Place {
    /// The filter's name for it.
    var filterClass: FilterKey.Class {
        switch self {
        case .resource: .resource
        case .scope: .scope
        case .span: .span
        case .event: .event
        case .link: .link
        }
    }
}

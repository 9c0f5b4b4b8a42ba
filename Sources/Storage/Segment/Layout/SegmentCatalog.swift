import Telemetry

/// What a segment brings to listings: services, operations, attribute keys, and the values of those attributes that
/// have few. Times are of the first and the last start of spans that have it, or further apart.
package struct SegmentCatalog: Sendable, Hashable {
    /// Nanoseconds of the earliest and of the latest start.
    package struct Times: Sendable, Hashable {
        package var earliest: UInt64
        package var latest: UInt64

        package init(earliest: UInt64, latest: UInt64) {
            self.earliest = earliest
            self.latest = latest
        }

        mutating func include(_ other: Times) {
            earliest = min(earliest, other.earliest)
            latest = max(latest, other.latest)
        }
    }

    /// A span's name and kind, and the service it is of (`service.name` of its resource, empty where it has none).
    package struct Operation: Sendable, Hashable {
        package var service: String
        package var name: String
        package var kind: Int32

        package init(service: String, name: String, kind: Int32) {
            self.service = service
            self.name = name
            self.kind = kind
        }
    }

    /// Where an attribute is.
    package enum Place: UInt8, Sendable, Hashable, CaseIterable {
        case resource = 1
        case scope = 2
        case span = 3
        case event = 4
        case link = 5
    }

    package struct Key: Sendable, Hashable {
        package var place: Place
        package var key: String
        package var type: ValueType

        package init(place: Place, key: String, type: ValueType) {
            self.place = place
            self.key = key
            self.type = type
        }
    }

    package struct Value: Sendable, Hashable {
        package var key: Key
        /// A string, a truth value, an integer or a double.
        package var value: AttributeValue

        package init(key: Key, value: AttributeValue) {
            self.key = key
            self.value = value
        }
    }

    package var services: [String: Times] = [:]
    /// At most `maximumOperations` a row group.
    package var operations: [Operation: Times] = [:]
    package var keys: [Key: Times] = [:]
    /// Strings of at most 256 bytes, truth values, integers and doubles, of keys with at most `maximumValues` distinct values in each row group.
    package var values: [Value: Times] = [:]

    /// Distinct values of a key in a group, beyond which none is listed.
    package static let maximumValues = 256

    package init() {}

    /// Distinct operations of a group, beyond which no more are listed.
    package static let maximumOperations = 4096

    package mutating func merge(_ other: SegmentCatalog) {
        services.merge(other.services, uniquingKeysWith: SegmentCatalog.union)
        operations.merge(other.operations, uniquingKeysWith: SegmentCatalog.union)
        keys.merge(other.keys, uniquingKeysWith: SegmentCatalog.union)
        values.merge(other.values, uniquingKeysWith: SegmentCatalog.union)
    }

    mutating func addService(_ service: String, _ times: Times) {
        services[service] = services[service].map { SegmentCatalog.union($0, times) } ?? times
    }

    mutating func addOperation(_ operation: Operation, _ times: Times) {
        if let known = operations[operation] {
            operations[operation] = SegmentCatalog.union(known, times)
        } else if operations.count < SegmentCatalog.maximumOperations {
            operations[operation] = times
        }
    }

    mutating func addKey(_ key: Key, _ times: Times) {
        keys[key] = keys[key].map { SegmentCatalog.union($0, times) } ?? times
    }

    mutating func addValue(_ value: Value, _ times: Times) {
        values[value] = values[value].map { SegmentCatalog.union($0, times) } ?? times
    }

    private static func union(_ left: Times, _ right: Times) -> Times {
        var times = left
        times.include(right)
        return times
    }
}

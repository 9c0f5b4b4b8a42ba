import Telemetry

/// What a filter of values answers for: one key with one value, or the mere presence of a key.
///
/// The hash of a value is `XXH64(value, seed: XXH64(class (1) · type (1) · key, seed: 0))`:
///
/// | value | type | bytes of the value |
/// |---|---|---|
/// | presence of the key, of any type | 0 | none |
/// | string | 1 | its bytes |
/// | bool | 2 | one, 0 or 1 |
/// | int, or a double that is a whole 64-bit integer (-0.0 is 0) | 3 | the integer, `u64` little-endian |
/// | any other double | 4 | its bits, `u64` little-endian |
///
/// NaN, bytes and maps have none: nothing compares equal to them. An array has those of its elements that are strings,
/// bools and numbers.
///
/// ```swift
/// let key = FilterKey(.span, key: bytes)      // once a field of a layout
/// builder.insert(key.presence)
/// builder.insert(key.string(value))           // once a distinct value
/// ```
package struct FilterKey: Sendable, Hashable {
    /// Where the key belongs.
    package enum Class: UInt8, Sendable, Hashable {
        case span = 1
        case resource = 2
        case scope = 3
        case event = 4
        case link = 5
        /// What is not an attribute: the keys are `name` (string), `kind` and `status` (integers), `status.message`,
        /// `scope.name`, `scope.version` and `event.name` (strings; the empty one is left out). They have no presence.
        case intrinsic = 6
    }

    private enum Kind: UInt8 {
        case presence = 0
        case string = 1
        case bool = 2
        case integer = 3
        case double = 4
    }

    package let presence: UInt64
    private let stringSeed: UInt64
    private let boolSeed: UInt64
    private let integerSeed: UInt64
    private let doubleSeed: UInt64

    package init(_ scope: Class, key: UnsafeRawBufferPointer) {
        var bytes: [UInt8] = [scope.rawValue, 0]
        bytes.append(contentsOf: key)
        func seed(_ kind: Kind) -> UInt64 {
            bytes[1] = kind.rawValue
            return bytes.withUnsafeBytes { XXH64.hash($0, seed: 0) }
        }
        presence = XXH64.hash(UnsafeRawBufferPointer(start: nil, count: 0), seed: seed(.presence))
        stringSeed = seed(.string)
        boolSeed = seed(.bool)
        integerSeed = seed(.integer)
        doubleSeed = seed(.double)
    }

    package init(_ scope: Class, key: String) {
        self = Array(key.utf8).withUnsafeBytes { FilterKey(scope, key: $0) }
    }

    package func string(_ bytes: UnsafeRawBufferPointer) -> UInt64 { XXH64.hash(bytes, seed: stringSeed) }

    package func bool(_ value: Bool) -> UInt64 {
        withUnsafeBytes(of: value ? 1 as UInt8 : 0) { XXH64.hash($0, seed: boolSeed) }
    }

    package func int(_ value: Int64) -> UInt64 {
        withUnsafeBytes(of: value.littleEndian) { XXH64.hash($0, seed: integerSeed) }
    }

    /// `nil` for NaN.
    package func double(_ value: Double) -> UInt64? {
        if let whole = Int64(exactly: value) { return int(whole) }
        if value.isNaN { return nil }
        return withUnsafeBytes(of: value.bitPattern.littleEndian) { XXH64.hash($0, seed: doubleSeed) }
    }

    /// Calls `body` with the hash of a value as batches and segments hold it, its presence not included; `bytes` are
    /// those of a payload that refers to some. An array's elements come one by one.
    package func forEachHash(
        _ type: ValueType, _ payload: UInt64, bytes: UnsafeRawBufferPointer, _ body: (UInt64) -> Void
    ) {
        switch type {
        case .string: body(string(bytes))
        case .bool: body(bool(payload != 0))
        case .int: body(int(Int64(bitPattern: payload)))
        case .double: if let hash = double(Double(bitPattern: payload)) { body(hash) }
        case .array:
            // Decoders have checked nested bytes before they were stored.
            for value in NestedValue.decode(array: Array(bytes)[...]) ?? [] {
                switch value {
                case .string(let text): Array(text.utf8).withUnsafeBytes { body(string($0)) }
                case .bool(let flag): body(bool(flag))
                case .int(let number): body(int(number))
                case .double(let number): if let hash = double(number) { body(hash) }
                case .empty, .bytes, .array, .map: continue
                }
            }
        case .empty, .bytes, .map: return
        }
    }
}

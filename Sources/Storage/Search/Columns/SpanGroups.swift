import Telemetry

/// The different values that keys of a projection have together, numbered as they come.
public final class SpanGroups {
    /// Beyond this many values, or groups, new ones are not told apart any more.
    static let maximumCount = 1 << 16
    static let tooMany = UInt32.max

    private struct Scalar: Hashable {
        var type: ValueType
        var payload: UInt64
    }

    /// A group is the group of all keys but the last, and the number of the last key's value.
    private struct Pair: Hashable {
        /// Which key is the last.
        var key: Int
        var group: UInt32
        var value: UInt32
    }

    /// Number 0 is of what is not there.
    private var values: [AttributeValue?] = [nil]
    private var scalars: [Scalar: UInt32] = [:]
    private var strings: [String: UInt32] = [:]
    private var numbers: [Pair: UInt32] = [:]
    private var pairs: [Pair] = []
    private let keyCount: Int

    init(keyCount: Int) { self.keyCount = keyCount }

    /// By key: its value, `nil` where the group's spans have none.
    public func values(of group: Int) -> [AttributeValue?] {
        var found: [AttributeValue?] = []
        var group = UInt32(group)
        for key in (0..<keyCount).reversed() {
            if key == 0 {
                found.append(values[Int(group)])
            } else {
                let pair = pairs[Int(group)]
                found.append(values[Int(pair.value)])
                group = pair.group
            }
        }
        return found.reversed()
    }

    /// The number of a value that is no string: its type and bits.
    func number(_ type: ValueType, _ payload: UInt64) -> UInt32 {
        let scalar = Scalar(type: type, payload: payload)
        if let known = scalars[scalar] { return known }
        let value: AttributeValue =
            switch type {
            case .bool: .bool(payload != 0)
            case .double: .double(Double(bitPattern: payload))
            default: .int(Int64(bitPattern: payload))
            }
        let number = append(value)
        if number != SpanGroups.tooMany { scalars[scalar] = number }
        return number
    }

    func number(_ bytes: UnsafeRawBufferPointer) -> UInt32 { number(String(decoding: bytes, as: UTF8.self)) }

    func number(_ text: String) -> UInt32 {
        if let known = strings[text] { return known }
        let number = append(.string(text))
        if number != SpanGroups.tooMany { strings[text] = number }
        return number
    }

    private func append(_ value: AttributeValue) -> UInt32 {
        guard values.count < SpanGroups.maximumCount else { return SpanGroups.tooMany }
        values.append(value)
        return UInt32(values.count - 1)
    }

    /// The group of what `group` says of all keys before `key`, and of its value.
    func group(_ group: UInt32, key: Int, _ value: UInt32) -> UInt32 {
        if group == SpanGroups.tooMany || value == SpanGroups.tooMany { return SpanGroups.tooMany }
        if key == 0 { return value }
        let pair = Pair(key: key, group: group, value: value)
        if let known = numbers[pair] { return known }
        guard pairs.count < SpanGroups.maximumCount * max(1, keyCount) else { return SpanGroups.tooMany }
        pairs.append(pair)
        numbers[pair] = UInt32(pairs.count - 1)
        return UInt32(pairs.count - 1)
    }
}

import Telemetry

/// A field of a projection, and how its values become cells: of a key, the number of the value in `SpanGroups`; of a
/// number, the bits of a double, a NaN where there is none.
struct ProjectedField {
    let field: SpanFilter.Field
    /// The key of an attribute's field.
    let key: [UInt8]
    let isNumber: Bool
    private let groups: SpanGroups

    init(_ field: SpanFilter.Field, isNumber: Bool, _ groups: SpanGroups) {
        self.field = field
        self.isNumber = isNumber
        self.groups = groups
        if case .attribute(_, let name) = field { key = Array(name.utf8) } else { key = [] }
    }

    /// Where a span has no such value.
    var missing: UInt64 { isNumber ? Double.nan.bitPattern : 0 }

    /// Whether a span with a value of this type must be read as a whole.
    func mustBeWhole(_ type: ValueType) -> Bool {
        switch type {
        case .array: true
        case .empty, .bytes, .map: !isNumber
        case .string, .bool, .int, .double: false
        }
    }

    /// The cell of a value that is no string.
    func cell(_ type: ValueType, _ payload: UInt64) -> UInt64 {
        guard isNumber else { return UInt64(groups.number(type, payload)) }
        switch type {
        case .int: return Double(Int64(bitPattern: payload)).bitPattern
        case .double: return Double(bitPattern: payload).isFinite ? payload : missing
        default: return missing
        }
    }

    func cell(_ text: UnsafeRawBufferPointer) -> UInt64 { isNumber ? missing : UInt64(groups.number(text)) }

    /// The cell of the values that a list has under the key; `nil` where the span must be read as a whole.
    func cell(_ attributes: [Attribute]) -> UInt64? {
        let found = attributes.filter { $0.key.utf8.elementsEqual(key) }
        guard let value = found.first?.value else { return missing }
        if found.count > 1 { return nil }
        switch value {
        case .string(let text): return isNumber ? missing : UInt64(groups.number(text))
        case .int(let number): return cell(.int, UInt64(bitPattern: number))
        case .double(let number): return cell(.double, number.bitPattern)
        case .bool(let flag): return cell(.bool, flag ? 1 : 0)
        case .array: return nil
        case .empty, .bytes, .map: return isNumber ? missing : nil
        }
    }
}

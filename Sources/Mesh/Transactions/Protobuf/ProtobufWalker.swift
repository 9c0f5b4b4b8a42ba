/// Walks the bytes of one protobuf message, as they come, to the values of one field. It needs no schema and keeps
/// nothing but the value that it is reading: what lies on other ways is skipped by its length.
///
/// A field that the message repeats, or that stands in a repeated message, gives each of its values.
public struct ProtobufWalker: Sendable {
    /// Groups within groups; more are malformed. Nested messages need no bound: only the path's own are entered.
    public static let maximumGroups = 32
    public static let maximumFindings = 64
    /// Longer values cannot be ids.
    static let maximumValueBytes = 1_024

    private enum Step: Sendable, Hashable { case tag, varint, length, fixed, skip, take }

    public enum State: Sendable, Hashable {
        case walking
        /// As many bytes as may be were looked at; those skipped do not count.
        case exhausted
        case malformed
    }

    private let path: [UInt32]
    private let type: ProtobufFieldType
    /// How many bytes may still be looked at.
    private(set) var budget: Int
    public private(set) var state = State.walking
    /// What was found, as ids are written.
    public private(set) var values: [[UInt8]] = []
    /// Values that cannot be ids: too long, or of the wrong form.
    public private(set) var refused = 0
    /// The field is there, in another wire type than its declared type has.
    private var hasOtherType = false

    private var position = 0
    /// Where each message that has been entered ends, the outermost first.
    private var ends: [Int] = []
    /// The numbers of the groups that are being skipped.
    private var groups: [UInt32] = []
    private var step = Step.tag
    private var number: UInt64 = 0
    private var shift: UInt64 = 0
    /// Of a fixed value, of what is skipped or taken.
    private var rest = 0
    private var isShort = false
    /// The current field is on the way.
    private var isOnPath = false
    private var value: [UInt8] = []

    /// - Parameter maximumBytes: How many bytes are looked at.
    public init(_ field: GRPCMessageField, maximumBytes: Int) {
        path = field.field.numbers
        type = field.type
        budget = maximumBytes
    }

    public mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count, state == .walking {
            if step == .skip {
                let count = min(rest, bytes.count - index)
                (index, position, rest) = (index + count, position + count, rest - count)
                if rest == 0 { fieldEnded() }
                continue
            }
            guard budget > 0 else {
                state = .exhausted
                return
            }
            if step == .take {
                let count = min(rest, bytes.count - index, budget)
                value.append(contentsOf: bytes[index..<index + count])
                (index, position, rest, budget) = (index + count, position + count, rest - count, budget - count)
                if rest == 0 {
                    found(type.text(ofDelimited: value))
                    fieldEnded()
                }
            } else {
                position += 1
                budget -= 1
                take(bytes[index])
                index += 1
            }
        }
    }

    /// What all bytes that were fed say.
    public func finding(at end: MessageEnd) -> BodyFinding {
        if !values.isEmpty { return .found(values) }
        switch (state, end) {
        case (.malformed, _), (_, .broken): return .malformed
        case (.exhausted, _), (.walking, .cut): return .beyondBound
        case (.walking, .whole):
            let isComplete = step == .tag && shift == 0 && ends.isEmpty && groups.isEmpty
            return isComplete && !hasOtherType ? .absent : .malformed
        }
    }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8) {
        if step == .fixed {
            number |= UInt64(byte) << shift
            shift += 8
            rest -= 1
            if rest == 0 {
                if isOnPath { found(type.text(ofFixed: number, isShort: isShort)) }
                fieldEnded()
            }
            return
        }
        // Ten bytes at most; of the tenth all but one bit is lost, as in others' decoders.
        number |= UInt64(byte & 0x7F) << shift
        shift += 7
        if byte & 0x80 != 0 {
            if shift > 63 { state = .malformed }
            return
        }
        let whole = number
        (number, shift) = (0, 0)
        switch step {
        case .tag: begin(whole)
        case .length: begin(length: whole)
        default:
            if isOnPath { found(type.text(ofVarint: whole)) }
            fieldEnded()
        }
    }

    /// A tag: the number of a field and its wire type.
    private mutating func begin(_ tag: UInt64) {
        let field = tag >> 3
        guard field >= 1, field <= UInt64(ProtobufFieldPath.maximumNumber), position <= ends.last ?? .max else {
            state = .malformed
            return
        }
        let isNext = groups.isEmpty && field == UInt64(path[ends.count])
        let isLast = ends.count == path.count - 1
        isOnPath = isNext && isLast
        switch tag & 7 {
        case 0:
            note(isOnPath, isDelimited: false)
            step = .varint
        case 1, 5:
            note(isOnPath, isDelimited: false)
            isShort = tag & 7 == 5
            rest = isShort ? 4 : 8
            step = .fixed
        case 2:
            note(isOnPath, isDelimited: true)
            isOnPath = isNext
            step = .length
        case 3 where groups.count < Self.maximumGroups: groups.append(UInt32(field))
        case 4 where groups.last == UInt32(field):
            groups.removeLast()
            fieldEnded()
        default: state = .malformed
        }
    }

    private mutating func note(_ isField: Bool, isDelimited: Bool) {
        guard isField, type.isDelimited != isDelimited else { return }
        hasOtherType = true
        isOnPath = false
    }

    private mutating func begin(length: UInt64) {
        guard length <= 0x7FFF_FFFF, position + Int(length) <= ends.last ?? .max else {
            state = .malformed
            return
        }
        rest = Int(length)
        if isOnPath, ends.count < path.count - 1 {
            ends.append(position + rest)
            fieldEnded()
        } else if isOnPath, type.isDelimited, rest <= Self.maximumValueBytes {
            value.removeAll(keepingCapacity: true)
            step = .take
            if rest == 0 { fieldEnded() }
        } else {
            if isOnPath, type.isDelimited { refused += 1 }
            step = .skip
            if rest == 0 { fieldEnded() }
        }
    }

    /// The next tag follows, where the messages that have been entered are not over.
    private mutating func fieldEnded() {
        (step, number, shift) = (.tag, 0, 0)
        while let end = ends.last, position >= end {
            guard position == end, groups.isEmpty else {
                state = .malformed
                return
            }
            ends.removeLast()
        }
    }

    private mutating func found(_ text: [UInt8]?) {
        guard let text else {
            refused += 1
            return
        }
        // An empty value is protobuf's way to say nothing.
        if !text.isEmpty, values.count < Self.maximumFindings { values.append(text) }
    }
}

import Telemetry

/// One comparison made ready: what a value must be. Says nothing of where the value comes from.
struct ValueTest: Sendable {
    enum Operand: Sendable {
        /// Whatever the value is.
        case anything
        case string([UInt8])
        case pattern(TextPattern)
        case number(FilterNumber)
        case bool(Bool)
    }

    let comparison: SpanFilter.Comparison
    private(set) var operand: Operand
    /// For numbers: which integers match, or, for `notEqual`, which do not.
    private let signed: ClosedRange<Int64>?
    private let unsigned: ClosedRange<UInt64>?

    /// Passes every value.
    init() {
        comparison = .equal
        operand = .anything
        signed = nil
        unsigned = nil
    }

    init(_ comparison: SpanFilter.Comparison, _ value: FilterValue) throws(StoreError) {
        self.comparison = comparison
        switch (comparison, value) {
        case (.matches, .string(let text)), (.notMatches, .string(let text)):
            do throws(PatternError) { operand = .pattern(try TextPattern(text)) } catch {
                throw StoreError(.invalidQuery, error.message)
            }
        case (.matches, _), (.notMatches, _), (.hasPrefix, .int), (.hasPrefix, .double), (.hasPrefix, .bool):
            throw StoreError(.invalidQuery, "\(comparison.rawValue) compares with a string, and none is given")
        case (_, .string(let text)):
            operand = .string(Array(text.utf8))
        case (.equal, .bool(let flag)), (.notEqual, .bool(let flag)):
            operand = .bool(flag)
        case (_, .bool):
            throw StoreError(
                .invalidQuery, "\(comparison.rawValue) does not compare with true or false: they have no order")
        case (_, .int(let number)): operand = .number(.int(number))
        case (_, .double(let number)): operand = .number(.double(number))
        }
        if case .number(let number) = operand {
            signed = number.range(comparison, of: Int64.self)
            unsigned = number.range(comparison, of: UInt64.self)
        } else {
            signed = nil
            unsigned = nil
        }
    }

    var passesAnything: Bool { if case .anything = operand { true } else { false } }

    /// Whether a string must be told apart byte by byte: patterns are dearer than comparisons.
    var isPattern: Bool { if case .pattern = operand { true } else { false } }

    /// The string that is the only one to match.
    var onlyString: [UInt8]? {
        if comparison == .equal, case .string(let bytes) = operand { bytes } else { nil }
    }

    /// The number that is the only one to match.
    var onlyNumber: FilterNumber? {
        if comparison == .equal, case .number(let number) = operand { number } else { nil }
    }

    var onlyBool: Bool? {
        switch (comparison, operand) {
        case (.equal, .bool(let flag)): flag
        case (.notEqual, .bool(let flag)): !flag
        default: nil
        }
    }

    /// Whether strings, integers, doubles or booleans can match at all.
    var takesStrings: Bool {
        switch operand {
        case .anything, .string, .pattern: true
        case .number, .bool: false
        }
    }

    var takesNumbers: Bool {
        switch operand {
        case .anything, .number: true
        case .string, .pattern, .bool: false
        }
    }

    var takesBools: Bool {
        switch operand {
        case .anything, .bool: true
        case .string, .pattern, .number: false
        }
    }

    mutating func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch operand {
        case .anything: return true
        case .number, .bool: return false
        case .string(let other):
            return other.withUnsafeBytes { other in
                switch comparison {
                case .equal: ByteHash.equal(bytes, other)
                case .notEqual: !ByteHash.equal(bytes, other)
                case .hasPrefix:
                    bytes.count >= other.count
                        && ByteHash.equal(UnsafeRawBufferPointer(rebasing: bytes[..<other.count]), other)
                default: comparison.accepts(ValueTest.order(bytes, other))
                }
            }
        case .pattern:
            return matchesPattern(bytes)
        }
    }

    private mutating func matchesPattern(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard case .pattern(var pattern) = operand else { return false }
        // Taken out and put back, so that what the pattern learns is not copied.
        operand = .anything
        let isMatch = pattern.matches(bytes)
        operand = .pattern(pattern)
        return isMatch == (comparison == .matches)
    }

    mutating func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { matches(UnsafeRawBufferPointer($0)) }
    }

    @inline(__always)
    func matches(signed value: Int64) -> Bool {
        switch operand {
        case .anything: true
        case .number: (signed?.contains(value) ?? false) != (comparison == .notEqual)
        case .string, .pattern, .bool: false
        }
    }

    @inline(__always)
    func matches(unsigned value: UInt64) -> Bool {
        switch operand {
        case .anything: true
        case .number: (unsigned?.contains(value) ?? false) != (comparison == .notEqual)
        case .string, .pattern, .bool: false
        }
    }

    func matches(_ value: Double) -> Bool {
        switch operand {
        case .anything: true
        case .number(let number): number.compares(value, comparison)
        case .string, .pattern, .bool: false
        }
    }

    func matches(_ value: Bool) -> Bool {
        switch operand {
        case .anything: true
        case .bool(let flag): (value == flag) == (comparison == .equal)
        case .string, .pattern, .number: false
        }
    }

    /// What is known of numbers from `range`.
    func verdict(signed range: ClosedRange<Int64>) -> Verdict {
        switch operand {
        case .anything: return .always
        case .string, .pattern, .bool: return .never
        case .number:
            guard let signed, signed.overlaps(range) else { return Verdict(comparison == .notEqual) }
            let holdsAll = signed.contains(range.lowerBound) && signed.contains(range.upperBound)
            return holdsAll ? Verdict(comparison != .notEqual) : .depends
        }
    }

    func verdict(unsigned range: ClosedRange<UInt64>) -> Verdict {
        switch operand {
        case .anything: return .always
        case .string, .pattern, .bool: return .never
        case .number:
            guard let unsigned, unsigned.overlaps(range) else { return Verdict(comparison == .notEqual) }
            let holdsAll = unsigned.contains(range.lowerBound) && unsigned.contains(range.upperBound)
            return holdsAll ? Verdict(comparison != .notEqual) : .depends
        }
    }

    /// Whether any element of an encoded `ArrayValue` matches; arrays and maps among them do not.
    mutating func matches(array bytes: UnsafeRawBufferPointer) -> Bool {
        if passesAnything { return true }
        // Decoders have checked nested bytes before they were stored.
        for value in NestedValue.decode(array: Array(bytes)[...]) ?? [] {
            switch value {
            case .string(let text): if matches(text) { return true }
            case .int(let number): if matches(signed: number) { return true }
            case .double(let number): if matches(number) { return true }
            case .bool(let flag): if matches(flag) { return true }
            case .empty, .bytes, .array, .map: continue
            }
        }
        return false
    }

    /// A value as a batch or segment has it; `bytes` are those of a payload that refers to some.
    mutating func matches(_ type: ValueType, _ payload: UInt64, bytes: UnsafeRawBufferPointer) -> Bool {
        switch type {
        case .string: matches(bytes)
        case .int: matches(signed: Int64(bitPattern: payload))
        case .double: matches(Double(bitPattern: payload))
        case .bool: matches(payload != 0)
        case .array: matches(array: bytes)
        case .empty, .bytes, .map: passesAnything
        }
    }

    private static func order(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        for (a, b) in zip(left, right) where a != b { return a < b ? -1 : 1 }
        return left.count == right.count ? 0 : left.count < right.count ? -1 : 1
    }
}

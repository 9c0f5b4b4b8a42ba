import Telemetry

/// What is known of a comparison, for all rows of a shape, without looking at any.
enum Verdict: UInt8, Sendable {
    case never
    case always
    case depends

    init(_ outcome: Bool) { self = outcome ? .always : .never }

    var known: Bool? {
        switch self {
        case .never: false
        case .always: true
        case .depends: nil
        }
    }

    /// For rows that have values of both.
    func either(_ other: Verdict) -> Verdict { self == other ? self : .depends }
    /// For rows where one of both is enough.
    func or(_ other: Verdict) -> Verdict {
        if self == .always || other == .always { return .always }
        return self == .never ? other : self
    }
}

/// What is known of a comparison for the values that one column stores itself.
struct ColumnOutcome: Sendable {
    var verdict: Verdict
    /// For dictionaries of which some entries match: which.
    var entries: [Bool] = []
}

extension ValueTest {
    /// What the column's plan says of its values.
    mutating func outcome(of plan: ColumnPlan, _ type: ValueType, _ strings: StringList) -> ColumnOutcome {
        if passesAnything { return ColumnOutcome(verdict: .always) }
        switch type {
        case .string where !takesStrings, .int where !takesNumbers, .double where !takesNumbers,
            .bool where !takesBools,
            .empty, .bytes, .map:
            return ColumnOutcome(verdict: .never)
        case .string, .int, .double, .bool, .array: break
        }
        switch plan.encoding {
        case .constant: return ColumnOutcome(verdict: Verdict(matches(type, plan.constant, strings)))
        case .dictionary, .dictionaryPlanes:
            var entries: [Bool] = []
            entries.reserveCapacity(plan.dictionary.count)
            for payload in plan.dictionary { entries.append(matches(type, payload, strings)) }
            if !entries.contains(true) { return ColumnOutcome(verdict: .never) }
            if !entries.contains(false) { return ColumnOutcome(verdict: .always) }
            return ColumnOutcome(verdict: .depends, entries: entries)
        case .number: return ColumnOutcome(verdict: type == .int ? verdict(ofIntegers: plan.number) : .depends)
        case .scaled, .text: return ColumnOutcome(verdict: .depends)
        case .uuid, .hex, .decimal, .symbols:
            if let only = onlyString, type == .string, !ColumnTarget.canHold(only, plan) {
                return ColumnOutcome(verdict: .never)
            }
            return ColumnOutcome(verdict: .depends)
        }
    }

    /// A payload as a segment has it, strings by their number.
    mutating func matches(_ type: ValueType, _ payload: UInt64, _ strings: StringList) -> Bool {
        guard type.isReference else {
            return matches(type, payload, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return strings.withBytes(UInt32(truncatingIfNeeded: payload)) { matches(type, payload, bytes: $0) }
    }

    private func verdict(ofIntegers plan: NumberPlan) -> Verdict {
        // Of differences the plan says nothing of the values.
        guard plan.order == 0 else { return .depends }
        let codes = plan.wide == 64 ? UInt64.max : 1 << UInt64(plan.wide) - 1
        let (span, overflow) = codes.multipliedReportingOverflow(by: plan.scale)
        guard !overflow, span <= UInt64(Int64.max) else { return .depends }
        let (upper, beyond) = Int64(bitPattern: plan.base).addingReportingOverflow(Int64(span))
        if beyond { return .depends }
        return verdict(signed: Int64(bitPattern: plan.base)...upper)
    }
}

import Glibc

extension Value {
    /// Integers and durations stay exact where `+`, `-`, `*` and `%` can; all else is in doubles. Nothing comes of what is
    /// no number.
    static func arithmetic(_ left: Value, _ operation: BinaryOperator, _ right: Value) -> Value {
        if let a = left.integer, let b = right.integer, let exact = exact(a, operation, b) {
            if case .int = left, case .int = right { return .int(exact) }
            return .duration(exact)
        }
        guard let a = left.number, let b = right.number else { return .none }
        let result: Double
        switch operation {
        case .add: result = a + b
        case .subtract: result = a - b
        case .multiply: result = a * b
        case .divide: result = a / b
        case .remainder: result = fmod(a, b)
        case .power: result = pow(a, b)
        default: return .none
        }
        // Zero has no sign: dividing by it would have one.
        return .double(result + 0)
    }

    private static func exact(_ a: Int64, _ operation: BinaryOperator, _ b: Int64) -> Int64? {
        let (value, overflow): (Int64, Bool)
        switch operation {
        case .add: (value, overflow) = a.addingReportingOverflow(b)
        case .subtract: (value, overflow) = a.subtractingReportingOverflow(b)
        case .multiply: (value, overflow) = a.multipliedReportingOverflow(by: b)
        case .remainder: (value, overflow) = a.remainderReportingOverflow(dividingBy: b)
        default: return nil
        }
        return overflow ? nil : value
    }

    var negated: Value {
        switch self {
        case .int(let value): value == .min ? .double(0x1p63) : .int(-value)
        case .duration(let value): value == .min ? .double(0x1p63) : .duration(-value)
        case .double(let value): .double(0 - value)
        default: .none
        }
    }
}

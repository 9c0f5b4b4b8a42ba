import Foundation
import Telemetry
import TraceQL

/// A value that compares with its own type.
enum Plain: Equatable {
    case text(String)
    case number(Double)
    case flag(Bool)
    case status(Int32)
    case kind(Int32)
    case other
}

extension NaiveEvaluator {
    func truth(_ expression: FieldExpression, _ row: Int) -> Bool {
        switch expression {
        case .literal(let literal): return literal == .bool(true)
        case .field: return (values(expression, row) ?? []).contains(.flag(true))
        case .unary(.not, let inner): return !truth(inner, row)
        case .unary(.negative, _): return false
        case .binary(.and, let left, let right): return truth(left, row) && truth(right, row)
        case .binary(.or, let left, let right): return truth(left, row) || truth(right, row)
        case .binary(let operation, let left, .literal(.none)):
            return (values(left, row) == nil) == (operation == .equal)
        case .binary(let operation, let left, .literal(.string(let pattern)))
        where operation == .matches || operation == .notMatches:
            let texts = (values(left, row) ?? []).compactMap { if case .text(let text) = $0 { text } else { nil } }
            let any = texts.contains { $0.wholeMatch(of: try! Regex(pattern)) != nil }
            return operation == .matches ? any : !any && !texts.isEmpty
        case .binary(let operation, let left, let right):
            return compare(values(left, row) ?? [], operation, values(right, row) ?? [])
        }
    }

    func compare(_ left: [Plain], _ operation: BinaryOperator, _ right: [Plain]) -> Bool {
        let outcomes = left.flatMap { a in right.compactMap { b in outcome(a, operation, b) } }
        return operation == .notEqual ? !outcomes.isEmpty && outcomes.allSatisfy { $0 } : outcomes.contains(true)
    }

    private func outcome(_ a: Plain, _ operation: BinaryOperator, _ b: Plain) -> Bool? {
        switch (a, b) {
        case (.number(let a), .number(let b)):
            switch operation {
            case .equal: a == b
            case .notEqual: a != b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            default: nil
            }
        case (.text(let a), .text(let b)):
            switch operation {
            case .equal: a == b
            case .notEqual: a != b
            case .less: a < b
            case .lessOrEqual: a <= b
            case .greater: a > b
            case .greaterOrEqual: a >= b
            default: nil
            }
        case (.flag, .flag), (.status, .status), (.kind, .kind):
            operation == .equal ? a == b : operation == .notEqual ? a != b : nil
        default: nil
        }
    }

    /// `nil` where nothing is there.
    func values(_ expression: FieldExpression, _ row: Int) -> [Plain]? {
        switch expression {
        case .literal(let literal):
            switch literal {
            case .string(let text): [.text(text)]
            case .int(let value), .duration(let value): [.number(Double(value))]
            case .double(let value): [.number(value)]
            case .bool(let flag): [.flag(flag)]
            case .status(let code): [.status(code)]
            case .kind(let code): [.kind(code)]
            case .none: nil
            }
        case .field(let field): values(field, row)
        case .unary(.negative, let inner): number(inner, row).map { [.number(0 - $0)] }
        case .binary(let operation, let left, let right) where operation.isArithmetic:
            calculate(number(left, row), operation, number(right, row)).map { [.number($0)] }
        default: [.flag(truth(expression, row))]
        }
    }

    /// A single number; lists have none.
    private func number(_ expression: FieldExpression, _ row: Int) -> Double? {
        guard let values = values(expression, row), !isList(expression, row), case .number(let value)? = values.first
        else { return nil }
        return value
    }

    private func isList(_ expression: FieldExpression, _ row: Int) -> Bool {
        guard case .field(let field) = expression else { return false }
        return raw(field, row).map { $0.count > 1 || $0.contains { if case .array = $0 { true } else { false } } }
            ?? false
    }

    func number(_ expression: ScalarExpression, _ rows: Set<Int>) -> Double? {
        switch expression {
        case .literal(.int(let value)): return Double(value)
        case .literal: return nil
        case .arithmetic(let operation, let left, let right):
            return calculate(number(left, rows), operation, number(right, rows))
        case .aggregate(.count, _): return Double(rows.count)
        case .aggregate(let aggregate, let inner):
            let numbers = rows.sorted().compactMap { row in inner.flatMap { number($0, row) } }
            if numbers.isEmpty { return nil }
            let sum = numbers.dropFirst().reduce(numbers[0], +)
            switch aggregate {
            case .min: return numbers.dropFirst().reduce(numbers[0]) { $1 < $0 ? $1 : $0 }
            case .max: return numbers.dropFirst().reduce(numbers[0]) { $1 > $0 ? $1 : $0 }
            case .avg: return sum / Double(numbers.count)
            default: return sum
            }
        }
    }

    private func calculate(_ left: Double?, _ operation: BinaryOperator, _ right: Double?) -> Double? {
        guard let left, let right else { return nil }
        let result =
            switch operation {
            case .add: left + right
            case .subtract: left - right
            case .multiply: left * right
            case .divide: left / right
            case .remainder: fmod(left, right)
            default: pow(left, right)
            }
        // Zero has no sign.
        return result + 0
    }

    func groupKey(_ expression: FieldExpression, _ row: Int) -> [Plain]? {
        guard let values = values(expression, row) else { return nil }
        let keys = values.map { value -> Plain in
            if case .number(let number) = value, number.isNaN { return .text("NaN") }
            return value
        }
        return keys + (isList(expression, row) ? [.other, .other] : [])
    }
}

/// Comparisons are typed, as those of storage are: what a search may pass over by asking storage first depends on it.
extension Value {
    /// Whether `left operation right` holds.
    ///
    /// Of a list any element may hold it; `!=` and `!~` hold where something can be compared, and none is equal or
    /// matches. What is not there, and what has another type, compares as false, also with `!=`.
    static func compare(_ left: Value, _ operation: BinaryOperator, _ right: Value) -> Bool {
        if case .list = left { return compareAny(left.elements, operation, right.elements) }
        if case .list = right { return compareAny(left.elements, operation, right.elements) }
        return compareOne(left, operation, right) ?? false
    }

    private var elements: [Value] { if case .list(let values) = self { values } else { [self] } }

    private static func compareAny(_ left: [Value], _ operation: BinaryOperator, _ right: [Value]) -> Bool {
        var isComparable = false
        let isNegative = operation == .notEqual
        for a in left {
            for b in right {
                guard let holds = compareOne(a, operation, b) else { continue }
                isComparable = true
                if holds != isNegative { return !isNegative }
            }
        }
        return isComparable && isNegative
    }

    /// `nil` where the two cannot be compared so.
    private static func compareOne(_ left: Value, _ operation: BinaryOperator, _ right: Value) -> Bool? {
        switch (left, right) {
        case (.string(let a), .string(let b)):
            if operation == .equal || operation == .notEqual { return isSame(a, b) == (operation == .equal) }
            return operation.accepts(order(a, b))
        case (.bool(let a), .bool(let b)): return operation.accepts(equality: a == b)
        case (.status(let a), .status(let b)), (.kind(let a), .kind(let b)):
            return operation.accepts(equality: a == b)
        default:
            guard left.isNumber, right.isNumber else { return nil }
            guard let order = numberOrder(left, right) else { return operation == .notEqual }
            return operation.accepts(order)
        }
    }

    private var isNumber: Bool {
        switch self {
        case .int, .duration, .double: true
        default: false
        }
    }

    /// Byte by byte: `==` of strings takes characters for equal that are spelled differently.
    private static func isSame(_ a: String, _ b: String) -> Bool { a == b && a.utf8.elementsEqual(b.utf8) }

    private static func order(_ a: String, _ b: String) -> Int {
        if isSame(a, b) { return 0 }
        return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
    }

    /// Exact, whatever mix of integers and doubles; `nil` for NaN.
    private static func numberOrder(_ left: Value, _ right: Value) -> Int? {
        switch (left, right) {
        case (.double(let a), .double(let b)): a < b ? -1 : a > b ? 1 : a == b ? 0 : nil
        case (.double(let a), _): right.integer.flatMap { order(a, $0) }
        case (_, .double(let b)): left.integer.flatMap { order(b, $0) }.map { -$0 }
        default: left.integer.flatMap { a in right.integer.map { a < $0 ? -1 : a > $0 ? 1 : 0 } }
        }
    }

    private static func order(_ value: Double, _ integer: Int64) -> Int? {
        if value.isNaN { return nil }
        if value >= 0x1p63 { return 1 }
        if value < -0x1p63 { return -1 }
        let whole = value.rounded(.towardZero)
        let other = Int64(whole)
        if other != integer { return other < integer ? -1 : 1 }
        return value < whole ? -1 : value > whole ? 1 : 0
    }
}

extension BinaryOperator {
    /// Whether it holds where the left side is less (-1), equal (0) or greater (1).
    func accepts(_ order: Int) -> Bool? {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        default: nil
        }
    }

    /// For what has no order.
    func accepts(equality: Bool) -> Bool? {
        switch self {
        case .equal: equality
        case .notEqual: !equality
        default: nil
        }
    }
}

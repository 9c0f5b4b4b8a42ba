/// A number to compare with: exact against integers of any sign and against doubles.
enum FilterNumber: Sendable, Hashable {
    case int(Int64)
    case double(Double)

    /// The integers for which `integer comparison self` holds, `notEqual` taken as `equal`; `nil` for none.
    func range<T: FixedWidthInteger>(_ comparison: SpanFilter.Comparison, of _: T.Type) -> ClosedRange<T>? {
        let place = place(in: T.self)
        switch (comparison, place) {
        case (_, .nowhere): return nil
        case (.equal, .at(let floor, true)), (.notEqual, .at(let floor, true)): return floor...floor
        case (.less, .above), (.lessOrEqual, .above), (.greater, .below), (.greaterOrEqual, .below):
            return T.min...T.max
        case (.less, .at(let floor, true)): return floor == T.min ? nil : T.min...floor - 1
        case (.less, .at(let floor, false)), (.lessOrEqual, .at(let floor, _)): return T.min...floor
        case (.greaterOrEqual, .at(let floor, true)): return floor...T.max
        case (.greater, .at(let floor, _)), (.greaterOrEqual, .at(let floor, false)):
            return floor == T.max ? nil : floor + 1...T.max
        default: return nil
        }
    }

    /// Whether `value comparison self` holds, as IEEE 754 orders numbers.
    func compares(_ value: Double, _ comparison: SpanFilter.Comparison) -> Bool {
        let difference: Int?
        switch self {
        case .double(let other): difference = value < other ? -1 : value > other ? 1 : value == other ? 0 : nil
        case .int(let other):
            if value.isNaN {
                difference = nil
            } else if value >= 0x1p63 {
                difference = 1
            } else if value < -0x1p63 {
                difference = -1
            } else {
                let whole = value.rounded(.towardZero)
                let integer = Int64(whole)
                difference =
                    integer != other ? (integer < other ? -1 : 1) : value < whole ? -1 : value > whole ? 1 : 0
            }
        }
        guard let difference else { return comparison == .notEqual }
        return comparison.accepts(difference)
    }

    private enum Place<T> {
        case below
        case above
        case at(floor: T, isExact: Bool)
        case nowhere
    }

    private func place<T: FixedWidthInteger>(in _: T.Type) -> Place<T> {
        switch self {
        case .int(let value):
            guard let exact = T(exactly: value) else { return value < 0 ? .below : .above }
            return .at(floor: exact, isExact: true)
        case .double(let value):
            if value.isNaN { return .nowhere }
            let floor = value.rounded(.down)
            guard let exact = T(exactly: floor) else { return value < 0 ? .below : .above }
            return .at(floor: exact, isExact: floor == value)
        }
    }
}

extension SpanFilter.Comparison {
    /// Whether it holds where the left side is less (-1), equal (0) or greater (1).
    func accepts(_ difference: Int) -> Bool {
        switch self {
        case .equal: difference == 0
        case .notEqual: difference != 0
        case .less: difference < 0
        case .lessOrEqual: difference <= 0
        case .greater: difference > 0
        case .greaterOrEqual: difference >= 0
        case .matches, .notMatches, .hasPrefix: false
        }
    }
}

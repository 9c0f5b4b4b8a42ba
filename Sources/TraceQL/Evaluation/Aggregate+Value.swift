extension Aggregate {
    /// What it makes of the numbers among `values`; nothing where there are none.
    func value(of values: some Sequence<Value>) -> Value {
        var result = Value.none
        var count = 0
        for value in values where value.number != nil {
            count += 1
            switch self {
            case .count: continue
            case .min: if result == .none || Value.compare(value, .less, result) { result = value }
            case .max: if result == .none || Value.compare(value, .greater, result) { result = value }
            case .sum, .avg: result = result == .none ? value : Value.arithmetic(result, .add, value)
            }
        }
        switch self {
        case .count: return .int(Int64(count))
        case .avg: return result.number.map { .double($0 / Double(count)) } ?? .none
        case .min, .max, .sum: return result
        }
    }
}

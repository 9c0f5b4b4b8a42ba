import Telemetry

/// Which of the values that one column stores in one block pass a test: column at a time.
struct ColumnScan {
    let plan: ColumnPlan
    let type: ValueType
    let column: RowBlock.AttributeColumn
    let data: BlockData
    let strings: StringList

    /// By the number of the value in the column.
    func outcomes(_ known: ColumnOutcome, _ test: inout ValueTest) throws(StoreError) -> [Bool] {
        if let outcome = known.verdict.known { return [Bool](repeating: outcome, count: column.count) }
        switch plan.encoding {
        // Their verdicts are known.
        case .constant: return [Bool](repeating: test.matches(type, plan.constant, strings), count: column.count)
        case .dictionary, .dictionaryPlanes: return try dictionary(known.entries)
        case .number:
            let packed = PackedColumn(plan: plan.number, offset: column.data, count: column.count)
            var outcomes = [Bool](repeating: false, count: column.count)
            packed.forEach(in: data.bits) { index, payload in
                outcomes[index] =
                    type == .int
                    ? test.matches(signed: Int64(bitPattern: payload))
                    : test.matches(type, payload, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
            }
            return outcomes
        case .scaled:
            let packed = PackedColumn(plan: plan.number, offset: column.data, count: column.count)
            let power = ColumnPlan.powersOfTen[Int(plan.size)]
            var outcomes = [Bool](repeating: false, count: column.count)
            packed.forEach(in: data.bits) { outcomes[$0] = test.matches(Double(Int64(bitPattern: $1)) / power) }
            return outcomes
        case .uuid, .hex, .decimal, .symbols:
            if type == .string, plan.encoding != .symbols, let only = test.onlyString {
                return equal(to: ColumnTarget(only, plan))
            }
            var outcomes: [Bool] = []
            outcomes.reserveCapacity(column.count)
            for index in 0..<column.count {
                let text = try data.text(plan, column, index)
                outcomes.append(text.withUnsafeBytes { test.matches(type, 0, bytes: $0) })
            }
            return outcomes
        case .text: return try text(&test)
        }
    }

    private func dictionary(_ entries: [Bool]) throws(StoreError) -> [Bool] {
        var outcomes = [Bool](repeating: false, count: column.count)
        for index in 0..<column.count {
            let entry = data.dictionaryIndex(plan, column, index)
            guard entry < entries.count else { throw data.damaged("entry \(entry) of a column's dictionary") }
            outcomes[index] = entries[entry]
        }
        return outcomes
    }

    private func equal(to target: ColumnTarget) -> [Bool] {
        var outcomes = [Bool](repeating: false, count: column.count)
        switch target {
        case .nothing, .symbols: break
        case .uuid(let low, let high):
            for index in 0..<column.count {
                let bit = column.data + index * 128
                outcomes[index] = data.bits.read(bit, 64) == low && data.bits.read(bit + 64, 64) == high
            }
        case .hex(let bytes):
            for index in 0..<column.count {
                let bit = column.data + index * bytes.count * 8
                outcomes[index] = bytes.indices.allSatisfy { data.bits.read(bit + $0 * 8, 8) == UInt64(bytes[$0]) }
            }
        case .decimal(let value):
            PackedColumn(plan: plan.number, offset: column.data, count: column.count)
                .forEach(in: data.bits) { outcomes[$0] = $1 == value }
        }
        return outcomes
    }

    /// The lengths come first, then the bytes of all.
    private func text(_ test: inout ValueTest) throws(StoreError) -> [Bool] {
        var lengths = data.plain.slice(column.data..<column.end)
        var bytes = lengths
        for _ in 0..<column.count {
            _ = try lengths.count("bytes of a string", limit: column.end - column.data)
        }
        _ = try bytes.raw(lengths.position)
        lengths = data.plain.slice(column.data..<column.end)
        var outcomes: [Bool] = []
        outcomes.reserveCapacity(column.count)
        for _ in 0..<column.count {
            let length = try lengths.count("bytes of a string", limit: column.end - column.data)
            let middle = try bytes.raw(length)
            if plan.prefix.isEmpty, plan.suffix.isEmpty {
                outcomes.append(test.matches(type, 0, bytes: middle))
            } else {
                outcomes.append(
                    (plan.prefix + middle + plan.suffix).withUnsafeBytes { test.matches(type, 0, bytes: $0) })
            }
        }
        return outcomes
    }
}

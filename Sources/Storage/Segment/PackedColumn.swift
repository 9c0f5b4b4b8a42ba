/// One column of packed numbers in one block.
struct PackedColumn {
    let plan: NumberPlan
    /// Where its first bit lies, and how many values it has.
    let offset: Int
    let count: Int

    /// Where the next column starts; `nil` when this one does not fit.
    func end(in source: BitSource) -> Int? {
        let wide = Int(plan.wide)
        guard wide > 0 else { return offset }
        guard plan.narrow != plan.wide else {
            return count * wide <= source.bitCount - offset ? offset + count * wide : nil
        }
        guard count <= source.bitCount - offset else { return nil }
        let wideCount = source.setBits(offset, count)
        let bits = count + wideCount * wide + (count - wideCount) * Int(plan.narrow)
        return bits <= source.bitCount - offset ? offset + bits : nil
    }

    /// Value `index`, which must be below `count`, of a column whose end has been checked.
    func value(_ index: Int, in source: BitSource) -> UInt64 {
        precondition(index >= 0 && index < count, "a row lies outside its column")
        let wide = Int(plan.wide)
        guard wide > 0 else { return plan.base }
        if plan.narrow == plan.wide { return plan.value(source.read(offset + index * wide, wide)) }
        let before = source.setBits(offset, index)
        let start = offset + count + before * wide + (index - before) * Int(plan.narrow)
        let isWide = source.read(offset + index, 1) == 1
        return plan.value(source.read(start, isWide ? wide : Int(plan.narrow)))
    }

    /// All values of a column whose end has been checked.
    func values(in source: BitSource) -> [UInt64] {
        let wide = Int(plan.wide)
        guard wide > 0 else { return [UInt64](repeating: plan.base, count: count) }
        return [UInt64](unsafeUninitializedCapacity: count) { values, filled in
            if plan.narrow == plan.wide {
                var place = offset
                for index in 0..<count {
                    values.initializeElement(at: index, to: plan.value(source.read(place, wide)))
                    place += wide
                }
            } else {
                var place = offset + count
                for index in 0..<count {
                    let width = source.read(offset + index, 1) == 1 ? wide : Int(plan.narrow)
                    values.initializeElement(at: index, to: plan.value(source.read(place, width)))
                    place += width
                }
            }
            filled = count
        }
    }
}

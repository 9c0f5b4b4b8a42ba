/// One column of packed numbers in one block.
struct PackedColumn {
    let plan: NumberPlan
    /// Where its first bit lies, and how many values it has.
    let offset: Int
    let count: Int

    /// Values that stand in full before the packed numbers.
    private var seeds: Int { NumberPlan.seeds(plan.order, of: count) }
    private var packedCount: Int { count - seeds }
    /// Where the packed numbers start: with a bit each, where there are two widths.
    private var packedOffset: Int { offset + seeds * 64 }

    /// Where the next column starts; `nil` when this one does not fit.
    func end(in source: BitSource) -> Int? {
        let wide = Int(plan.wide)
        guard seeds * 64 <= source.bitCount - offset else { return nil }
        guard wide > 0 else { return packedOffset }
        let room = source.bitCount - packedOffset
        guard plan.narrow != plan.wide else {
            return packedCount * wide <= room ? packedOffset + packedCount * wide : nil
        }
        guard packedCount <= room else { return nil }
        let wideCount = source.setBits(packedOffset, packedCount)
        let bits = packedCount + wideCount * wide + (packedCount - wideCount) * Int(plan.narrow)
        return bits <= room ? packedOffset + bits : nil
    }

    /// Value `index`, which must be below `count`, of a column whose end has been checked. Of differences all before it
    /// are summed up: a block keeps those columns decoded.
    func value(_ index: Int, in source: BitSource) -> UInt64 {
        precondition(index >= 0 && index < count, "a row lies outside its column")
        if plan.order > 0 { return values(upTo: index + 1, in: source)[index] }
        let wide = Int(plan.wide)
        guard wide > 0 else { return plan.base }
        if plan.narrow == plan.wide { return plan.value(source.read(offset + index * wide, wide)) }
        let before = source.setBits(offset, index)
        let start = offset + count + before * wide + (index - before) * Int(plan.narrow)
        let isWide = source.read(offset + index, 1) == 1
        return plan.value(source.read(start, isWide ? wide : Int(plan.narrow)))
    }

    /// All values of a column whose end has been checked.
    func values(in source: BitSource) -> [UInt64] { values(upTo: count, in: source) }

    private func values(upTo end: Int, in source: BitSource) -> [UInt64] {
        let seeds = min(seeds, end)
        return [UInt64](unsafeUninitializedCapacity: end) { values, filled in
            for index in 0..<seeds { values.initializeElement(at: index, to: source.read(offset + index * 64, 64)) }
            let wide = Int(plan.wide)
            if wide == 0 {
                for index in seeds..<end { values.initializeElement(at: index, to: plan.base) }
            } else if plan.narrow == plan.wide {
                var place = packedOffset
                for index in seeds..<end {
                    values.initializeElement(at: index, to: plan.value(source.read(place, wide)))
                    place += wide
                }
            } else {
                var place = packedOffset + packedCount
                for index in seeds..<end {
                    let isWide = source.read(packedOffset + index - seeds, 1) == 1
                    let width = isWide ? wide : Int(plan.narrow)
                    values.initializeElement(at: index, to: plan.value(source.read(place, width)))
                    place += width
                }
            }
            filled = end
            if plan.order > 0 {
                NumberPlan.sum(UnsafeMutableBufferPointer(start: values.baseAddress, count: end), plan.order)
            }
        }
    }
}

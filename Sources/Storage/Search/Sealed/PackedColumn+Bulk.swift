/// Reading a whole packed column, one number after another.
extension PackedColumn {
    func forEach(in source: BitSource, _ body: (Int, UInt64) -> Void) {
        let wide = Int(plan.wide)
        if plan.order > 0 {
            for (index, value) in values(in: source).enumerated() { body(index, value) }
        } else if wide == 0 {
            for index in 0..<count { body(index, plan.base) }
        } else if plan.narrow == plan.wide {
            var bit = offset
            for index in 0..<count {
                body(index, plan.value(source.read(bit, wide)))
                bit &+= wide
            }
        } else {
            let narrow = Int(plan.narrow)
            var bit = offset &+ count
            for index in 0..<count {
                let width = source.read(offset &+ index, 1) == 1 ? wide : narrow
                body(index, plan.value(source.read(bit, width)))
                bit &+= width
            }
        }
    }
}

extension NumberPlan {
    /// Numbers of a column that stand in full at the start of each block's part.
    static func seeds(_ order: UInt8, of count: Int) -> Int { min(Int(order), count) }

    /// The plan that takes the fewest bits for `values`, differences considered; `blocks` is how many parts the column
    /// is cut into, and `scratch` working memory.
    static func choose(
        for values: UnsafeBufferPointer<UInt64>, blocks: Int, scratch: GrowingBuffer<UInt64>
    ) -> (plan: NumberPlan, bits: Int) {
        var best = choose(for: values)
        if values.count < 8 || best.plan.wide < 6 { return best }
        for order in 1...maximumOrder {
            guard isPromising(values, order, width: best.plan.wide) else { break }
            scratch.removeAll()
            scratch.append(contentsOf: values)
            differences(scratch, order)
            let found = choose(
                for: UnsafeBufferPointer(start: scratch.base + Int(order), count: values.count - Int(order)))
            let bits = found.bits + 64 * Int(order) * min(blocks, values.count)
            guard bits < best.bits else { break }
            best = (found.plan, bits)
            best.plan.order = order
        }
        return best
    }

    /// Replaces the numbers from the `order`th on by their differences of that order.
    private static func differences(_ values: GrowingBuffer<UInt64>, _ order: UInt8) {
        for step in 1...Int(order) {
            for index in stride(from: values.count - 1, through: step, by: -1) {
                values.base[index] = values.base[index] &- values.base[index - 1]
            }
        }
    }

    /// Whether a sample's differences are two bits shorter than the numbers are now: looking at all would cost time.
    private static func isPromising(_ values: UnsafeBufferPointer<UInt64>, _ order: UInt8, width: UInt8) -> Bool {
        var bits = 0
        var last: (UInt64, UInt64) = (values[1], values[1] &- values[0])
        let end = min(values.count, 66)
        for index in 2..<end {
            let difference = values[index] &- last.0
            let number = Int64(bitPattern: order == 1 ? difference : difference &- last.1)
            bits += 64 - UInt64(bitPattern: number << 1 ^ number >> 63).leadingZeroBitCount
            last = (values[index], difference)
        }
        return bits / (end - 2) + 2 <= Int(width)
    }

    /// Writes one block's part of a column.
    func write(_ values: UnsafeBufferPointer<UInt64>, to bits: inout BitSink, scratch: GrowingBuffer<UInt64>) {
        if order == 0 {
            writeCodes(values, to: &bits)
            return
        }
        scratch.removeAll()
        scratch.append(contentsOf: values)
        NumberPlan.differences(scratch, order)
        let seeds = NumberPlan.seeds(order, of: values.count)
        for index in 0..<seeds { bits.write(scratch[index], 64) }
        writeCodes(UnsafeBufferPointer(start: scratch.base + seeds, count: values.count - seeds), to: &bits)
    }

    /// Sums differences up again, in place: the inverse of `differences`.
    static func sum(_ values: UnsafeMutableBufferPointer<UInt64>, _ order: UInt8) {
        for step in stride(from: Int(order), to: 0, by: -1) where step < values.count {
            for index in step..<values.count { values[index] = values[index] &+ values[index - 1] }
        }
    }
}

/// How a column of 64-bit numbers is packed: `number = base + scale × code`, where a code takes `narrow` bits, or, where
/// that is too few, `wide` bits. A column whose numbers are all `base` takes no bits at all. The numbers are the column's
/// values, or their differences, or the differences of these; then each block starts with one or two values in full.
struct NumberPlan: Hashable {
    var base: UInt64 = 0
    var scale: UInt64 = 1
    var narrow: UInt8 = 0
    var wide: UInt8 = 0
    /// 0 the values, 1 their differences, 2 the differences of the differences.
    var order: UInt8 = 0

    static let maximumOrder: UInt8 = 2

    init() {}

    init(base: UInt64, scale: UInt64, narrow: UInt8, wide: UInt8, order: UInt8) {
        self.order = order
        self.base = base
        self.scale = scale
        self.narrow = narrow
        self.wide = wide
    }

    /// The plan that takes the fewest bits for `values`, and how many those are.
    static func choose(for values: UnsafeBufferPointer<UInt64>) -> (plan: NumberPlan, bits: Int) {
        if values.isEmpty { return (NumberPlan(), 0) }
        var least = Int64.max
        var most = Int64.min
        for value in values {
            least = min(least, Int64(bitPattern: value))
            most = max(most, Int64(bitPattern: value))
        }
        var plan = NumberPlan()
        plan.base = UInt64(bitPattern: least)
        let range = UInt64(bitPattern: most) &- plan.base
        if range == 0 { return (plan, 0) }
        // Clocks of many systems tick in micro- or milliseconds.
        if range > 1 << 14 {
            for scale in [1_000_000, 1000] as [UInt64] where divides(scale, values, plan.base) {
                plan.scale = scale
                break
            }
        }
        return widths(plan, values, range)
    }

    private static func divides(_ scale: UInt64, _ values: UnsafeBufferPointer<UInt64>, _ base: UInt64) -> Bool {
        for value in values where (value &- base) % scale != 0 { return false }
        return true
    }

    private static func widths(
        _ plan: NumberPlan, _ values: UnsafeBufferPointer<UInt64>, _ range: UInt64
    ) -> (plan: NumberPlan, bits: Int) {
        var plan = plan
        let wide = 64 - (range / plan.scale).leadingZeroBitCount
        plan.wide = UInt8(wide)
        plan.narrow = plan.wide
        var best = values.count * wide
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 65) { histogram in
            histogram.initialize(repeating: 0)
            for value in values { histogram[64 - plan.code(value).leadingZeroBitCount] += 1 }
            var fitting = 0
            for narrow in 0..<wide {
                fitting += histogram[narrow]
                let bits = values.count + fitting * narrow + (values.count - fitting) * wide
                if bits < best {
                    best = bits
                    plan.narrow = UInt8(narrow)
                }
            }
            return (plan, best)
        }
    }

    @inline(__always)
    func code(_ value: UInt64) -> UInt64 {
        let difference = value &- base
        return scale == 1 ? difference : difference / scale
    }

    @inline(__always)
    func value(_ code: UInt64) -> UInt64 { base &+ scale &* code }

    /// Writes the codes of the numbers of one block's part of the column.
    func writeCodes(_ values: UnsafeBufferPointer<UInt64>, to bits: inout BitSink) {
        if wide == 0 { return }
        let wideBits = UInt64(wide)
        if narrow == wide {
            if scale == 1 {
                for value in values { bits.write(value &- base, wideBits) }
            } else {
                for value in values { bits.write(code(value), wideBits) }
            }
            return
        }
        let narrowBits = UInt64(narrow)
        for value in values { bits.write(code(value) >> narrowBits == 0 ? 0 : 1, 1) }
        for value in values {
            let code = code(value)
            bits.write(code, code >> narrowBits == 0 ? narrowBits : wideBits)
        }
    }

    func encode(to sink: ByteSink) {
        sink.byte(wide)
        sink.byte(narrow)
        sink.byte(order)
        sink.zigzag(Int64(bitPattern: base))
        sink.varint(scale)
    }

    static func decode(_ source: inout ByteSource, version: UInt32) throws(StoreError) -> NumberPlan {
        let at = source.position
        let wide = try source.byte()
        let narrow = try source.byte()
        let order = version == 1 ? 0 : try source.byte()
        let base = UInt64(bitPattern: try source.zigzag())
        let scale = try source.varint()
        guard wide <= 64, narrow <= wide, order <= maximumOrder, scale > 0 else {
            throw source.error("a number plan of widths \(narrow) and \(wide), order \(order), scale \(scale)", at: at)
        }
        return NumberPlan(base: base, scale: scale, narrow: narrow, wide: wide, order: order)
    }
}

/// A run of bits, the least significant of each byte first.
struct PlainBits {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) throws -> UInt64 {
        guard count <= 64, position + count <= bytes.count * 8 else {
            throw PlainError("\(count) bits wanted at \(position) of \(bytes.count * 8)")
        }
        var value: UInt64 = 0
        for index in 0..<count {
            let bit = bytes[(position + index) / 8] >> UInt8((position + index) % 8) & 1
            value |= UInt64(bit) << UInt64(index)
        }
        position += count
        return value
    }

    mutating func bytes(_ count: Int) throws -> [UInt8] { try (0..<count).map { _ in UInt8(try take(8)) } }

    /// `count` values as `plan` packs them.
    mutating func values(_ plan: PlainNumberPlan, _ count: Int) throws -> [UInt64] {
        let heads = try (0..<min(plan.order, count)).map { _ in try take(64) }
        let rest = try numbers(plan, count - heads.count)
        switch heads.count {
        case 0: return rest
        case 1:
            return rest.reduce(into: [heads[0]]) { values, number in values.append(values[values.count - 1] &+ number) }
        default:
            var difference = heads[1]
            return rest.reduce(into: [heads[0], heads[0] &+ difference]) { values, number in
                difference &+= number
                values.append(values[values.count - 1] &+ difference)
            }
        }
    }

    private mutating func numbers(_ plan: PlainNumberPlan, _ count: Int) throws -> [UInt64] {
        if plan.wide == 0 { return [UInt64](repeating: plan.base, count: count) }
        var widths = [Int](repeating: plan.wide, count: count)
        if plan.narrow != plan.wide {
            for index in 0..<count where try take(1) == 0 { widths[index] = plan.narrow }
        }
        return try widths.map { plan.base &+ plan.scale &* (try take($0)) }
    }
}

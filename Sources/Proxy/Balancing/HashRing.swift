/// Endpoints as points on a circle (Karger et al.): a hash goes to the next point, so that an endpoint that leaves
/// hands on only what it had.
package struct HashRing: Sendable {
    private var points: [(hash: UInt64, member: UInt16)] = []

    /// Points of the member with the least weight; more even with more, at 16 bytes each.
    static let pointsPerMember = 160
    static let maximumPoints = 1 << 16

    /// - Parameters:
    ///   - names: One for each member; where it stands depends on nothing else.
    ///   - weights: Relative, at least one each.
    package init(names: [[UInt8]], weights: [Int]) {
        precondition(names.count == weights.count && !names.isEmpty && names.count <= Int(UInt16.max))
        let least = max(1, weights.min() ?? 1)
        let total = weights.reduce(0, +)
        let wanted = Double(Self.pointsPerMember) / Double(least)
        let scale = min(wanted, Double(Self.maximumPoints) / Double(total))
        for (member, name) in names.enumerated() {
            let count = max(1, Int(Double(weights[member]) * scale))
            let base = StableHash.of(name)
            for number in 0..<count {
                points.append((StableHash.mixed(base &+ UInt64(number) &* 0x9E37_79B9_7F4A_7C15), UInt16(member)))
            }
        }
        points.sort { ($0.hash, $0.member) < ($1.hash, $1.member) }
    }

    /// The first member from `hash` on that `accepts`.
    package func member(for hash: UInt64, accepts: (Int) -> Bool) -> Int? {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].hash < hash { low = middle + 1 } else { high = middle }
        }
        var refused: Int?
        for offset in 0..<points.count {
            let member = Int(points[(low + offset) % points.count].member)
            if member == refused { continue }
            if accepts(member) { return member }
            refused = member
        }
        return nil
    }
}

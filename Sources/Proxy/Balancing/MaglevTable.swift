/// A look-up table in which each endpoint has its share almost exactly (Eisenbud et al., "Maglev", §3.4).
package struct MaglevTable: Sendable {
    /// Prime, so that every step visits every place.
    package static let size = 65_537

    private var table: [UInt16]

    /// - Parameters:
    ///   - names: One for each member; its order of places depends on nothing else.
    ///   - weights: Relative, at least one each.
    package init(names: [[UInt8]], weights: [Int]) {
        precondition(names.count == weights.count && !names.isEmpty && names.count < Int(UInt16.max))
        let size = Self.size
        let free = UInt16.max
        table = [UInt16](repeating: free, count: size)
        var places = names.map { name in
            let hash = StableHash.of(name)
            return (
                next: Int(hash % UInt64(size)), step: Int(StableHash.mixed(hash) % UInt64(size - 1)) + 1, turns: 0.0
            )
        }
        let heaviest = Double(weights.max() ?? 1)
        var filled = 0
        while filled < size {
            for member in places.indices where filled < size {
                places[member].turns += Double(weights[member]) / heaviest
                guard places[member].turns >= 1 else { continue }
                places[member].turns -= 1
                while table[places[member].next] != free {
                    places[member].next = (places[member].next + places[member].step) % size
                }
                table[places[member].next] = UInt16(member)
                filled += 1
            }
        }
    }

    /// The member at the hash's place, or of the next ones the first that `accepts`.
    package func member(for hash: UInt64, accepts: (Int) -> Bool) -> Int? {
        var place = Int(hash % UInt64(Self.size))
        var refused: Int?
        for _ in 0..<Self.size {
            let member = Int(table[place])
            if member != refused {
                if accepts(member) { return member }
                refused = member
            }
            place = place + 1 == Self.size ? 0 : place + 1
        }
        return nil
    }
}

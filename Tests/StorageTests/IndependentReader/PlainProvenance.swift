/// Where a batch came from and when.
struct PlainProvenance: Hashable {
    var door: UInt8
    var principal: [UInt8]
    var instance: [UInt8]
    var incarnation: UInt64
    var sequence: UInt64
    var received: UInt64

    func isBefore(_ other: PlainProvenance) -> Bool {
        let numbers = [received, sequence, incarnation, UInt64(door)]
        let others = [other.received, other.sequence, other.incarnation, UInt64(other.door)]
        if numbers != others { return numbers.lexicographicallyPrecedes(others) }
        if principal != other.principal { return principal.lexicographicallyPrecedes(other.principal) }
        return instance.lexicographicallyPrecedes(other.instance)
    }

    /// The batches of a provenance block.
    static func read(_ part: [UInt8]) throws -> [PlainProvenance] {
        var source = PlainBytes(part)
        var senders: [PlainProvenance] = []
        for _ in 0..<(try source.count()) {
            let door = try source.u8()
            guard (1...4).contains(door) else { throw PlainError("door \(door)") }
            senders.append(
                PlainProvenance(
                    door: door, principal: try source.string(), instance: try source.string(),
                    incarnation: try source.u64(), sequence: 0, received: 0))
        }
        var batches: [PlainProvenance] = []
        var received: UInt64 = 0
        for _ in 0..<(try source.count()) {
            let sender = try source.index(below: senders.count)
            senders[sender].sequence &+= UInt64(bitPattern: try source.zigzag())
            received &+= UInt64(bitPattern: try source.zigzag())
            senders[sender].received = received
            batches.append(senders[sender])
        }
        guard source.isAtEnd else { throw PlainError("provenance ends at \(source.position) of \(part.count)") }
        return batches
    }
}

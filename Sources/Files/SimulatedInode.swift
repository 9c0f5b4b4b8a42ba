/// A file's bytes: as processes see them, as they are on the platters, and the changes in between.
/// Touched only under the file system's lock.
final class SimulatedInode: @unchecked Sendable {
    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    static let sectorBytes = 512
    private(set) var bytes: [UInt8]
    private var durable: [UInt8]
    private var pending: [Change] = []
    /// How many names it has.
    var links = 0

    init(durable: [UInt8]) {
        bytes = durable
        self.durable = durable
    }

    init(copying other: SimulatedInode) {
        bytes = other.bytes
        durable = other.durable
        pending = other.pending
    }

    /// Whether a power cut leaves it as it is.
    var isDurable: Bool { pending.isEmpty && bytes.count == durable.count }

    func write(_ new: [UInt8], at offset: Int) {
        SimulatedInode.put(new[...], at: offset, into: &bytes)
        pending.append(.write(offset: offset, bytes: new))
    }

    func truncate(to size: Int) {
        SimulatedInode.resize(&bytes, to: size)
        pending.append(.truncate(size))
    }

    func sync() {
        for change in pending {
            switch change {
            case .write(let offset, let bytes): SimulatedInode.put(bytes[...], at: offset, into: &durable)
            case .truncate(let size): SimulatedInode.resize(&durable, to: size)
            }
        }
        pending.removeAll()
    }

    /// A sync that fails and takes the bytes for written: some of them are. Processes go on seeing all of them, or,
    /// where the cache lets go of the pages, what is on the platters.
    func drop(using generator: inout SeededGenerator) {
        durable = survivors(using: &generator)
        pending.removeAll()
        if Bool.random(using: &generator) { bytes = durable }
    }

    func damage(at offset: Int, _ mask: UInt8) {
        if bytes.indices.contains(offset) { bytes[offset] ^= mask }
        if durable.indices.contains(offset) { durable[offset] ^= mask }
    }

    /// What a power cut leaves: either the first so many changes, the last of them torn, or any sectors of any; where
    /// the file grew and its bytes did not come, zeros, or what was on the platters before.
    func survivors(using generator: inout SeededGenerator) -> [UInt8] {
        if pending.isEmpty { return durable }
        var result = durable
        let isOrdered = Bool.random(using: &generator)
        let kept = isOrdered ? Int.random(in: 0...pending.count, using: &generator) : pending.count
        let isStale = !isOrdered && UInt8.random(in: 0..<4, using: &generator) == 0
        for (index, change) in pending.prefix(kept).enumerated() {
            switch change {
            case .truncate(let size):
                if isOrdered || Bool.random(using: &generator) { SimulatedInode.resize(&result, to: size) }
            case .write(let offset, let bytes) where isOrdered:
                let count = index == kept - 1 ? Int.random(in: 0...bytes.count, using: &generator) : bytes.count
                SimulatedInode.put(bytes.prefix(count), at: offset, into: &result)
            case .write(let offset, let bytes):
                let size = result.count
                if isStale, offset + bytes.count > size {
                    while result.count < offset + bytes.count {
                        result.append(UInt8(truncatingIfNeeded: generator.next()))
                    }
                }
                var start = 0
                while start < bytes.count {
                    let sectorEnd = ((offset + start) / SimulatedInode.sectorBytes + 1) * SimulatedInode.sectorBytes
                    let end = min(bytes.count, sectorEnd - offset)
                    if Bool.random(using: &generator) {
                        SimulatedInode.put(bytes[start..<end], at: offset + start, into: &result)
                    }
                    start = end
                }
            }
        }
        return result
    }

    private static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, into target: inout [UInt8]) {
        if bytes.isEmpty { return }
        if target.count == offset {
            target.append(contentsOf: bytes)
            return
        }
        if target.count < offset + bytes.count { resize(&target, to: offset + bytes.count) }
        target.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    private static func resize(_ target: inout [UInt8], to size: Int) {
        if size < target.count {
            target.removeLast(target.count - size)
        } else {
            target.append(contentsOf: repeatElement(0, count: size - target.count))
        }
    }
}

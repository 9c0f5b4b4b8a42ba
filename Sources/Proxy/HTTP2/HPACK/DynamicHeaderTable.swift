/// The fields that one end has lately sent, newest first (RFC 7541 §2.3.2). Holds its bytes in one piece, so that an
/// insertion costs no allocation.
struct DynamicHeaderTable {
    private struct Entry {
        var start: Int
        var nameLength: Int
        var valueLength: Int
        var nameHash: UInt32
        var fieldHash: UInt32

        /// §4.1.
        var size: Int { nameLength + valueLength + 32 }
    }

    private var bytes: [UInt8] = []
    /// Oldest first; those before `oldest` are gone.
    private var entries: [Entry] = []
    private var oldest = 0
    private(set) var size = 0
    private(set) var maximumSize: Int

    init(maximumSize: Int) { self.maximumSize = maximumSize }

    var count: Int { entries.count - oldest }

    mutating func resize(_ maximum: Int) {
        maximumSize = maximum
        evict(to: maximum)
    }

    /// An entry that does not fit empties the table (§4.4).
    mutating func insert(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        let needed = name.count + value.count + 32
        guard needed <= maximumSize else {
            evict(to: 0)
            return
        }
        evict(to: maximumSize - needed)
        compact()
        let hash = FieldHash.of(name)
        entries.append(
            Entry(
                start: bytes.count, nameLength: name.count, valueLength: value.count, nameHash: hash,
                fieldHash: FieldHash.of(value, after: hash)))
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: value)
        size += needed
    }

    private mutating func evict(to target: Int) {
        while size > target {
            size -= entries[oldest].size
            oldest += 1
        }
        if oldest == entries.count {
            entries.removeAll(keepingCapacity: true)
            bytes.removeAll(keepingCapacity: true)
            oldest = 0
        }
    }

    /// Lets go of what is gone once that is more than what is there can be.
    private mutating func compact() {
        guard oldest > 0, entries[oldest].start > maximumSize else { return }
        let gone = entries[oldest].start
        bytes.removeFirst(gone)
        entries.removeFirst(oldest)
        oldest = 0
        for index in entries.indices { entries[index].start -= gone }
    }

    /// Calls `body` with the name and the value of an entry, 0 being the newest; valid only inside.
    func withField<R>(_ place: Int, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> R) -> R? {
        guard place >= 0, place < count else { return nil }
        let entry = entries[entries.count - 1 - place]
        return bytes.withUnsafeBytes { raw in
            let value = entry.start + entry.nameLength
            return body(
                UnsafeRawBufferPointer(rebasing: raw[entry.start..<value]),
                UnsafeRawBufferPointer(rebasing: raw[value..<(value + entry.valueLength)]))
        }
    }

    /// The place of this very field, and of the newest with its name; `nil` where there is none.
    func find(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, nameHash: UInt32
    ) -> (field: Int?, name: Int?) {
        let fieldHash = FieldHash.of(value, after: nameHash)
        var named: Int?
        return bytes.withUnsafeBytes { raw in
            for place in 0..<count {
                let entry = entries[entries.count - 1 - place]
                guard entry.nameHash == nameHash, entry.nameLength == name.count,
                    raw[entry.start..<(entry.start + name.count)].elementsEqual(name)
                else { continue }
                if named == nil { named = place }
                let start = entry.start + entry.nameLength
                if entry.fieldHash == fieldHash, entry.valueLength == value.count,
                    raw[start..<(start + value.count)].elementsEqual(value)
                {
                    return (place, named)
                }
            }
            return (nil, named)
        }
    }
}

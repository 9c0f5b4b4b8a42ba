/// Lists to header blocks (RFC 7541).
package struct HeaderEncoder {
    /// What this end uses at most, whatever the peer would allow.
    static let tableBytes = 4_096

    private var table = DynamicHeaderTable(maximumSize: Self.tableBytes)
    /// The smallest size since the last block, and the last one: both must be told (§4.2).
    private var pendingSizes: (smallest: Int, last: Int)?
    private var output: [UInt8] = []

    package init() {}

    /// What the peer's SETTINGS_HEADER_TABLE_SIZE says.
    package mutating func limitTable(_ bytes: Int) {
        let size = min(bytes, Self.tableBytes)
        if pendingSizes == nil, size == table.maximumSize { return }
        pendingSizes = (min(size, pendingSizes?.smallest ?? size), size)
        table.resize(size)
    }

    /// The block for `list`; the result is good until the next one.
    package mutating func encode(_ list: HeaderList) -> [UInt8] {
        output.removeAll(keepingCapacity: true)
        if let sizes = pendingSizes {
            pendingSizes = nil
            if sizes.smallest < sizes.last { writeInteger(sizes.smallest, prefix: 5, 0x20) }
            writeInteger(sizes.last, prefix: 5, 0x20)
        }
        list.bytes.withUnsafeBytes { raw in
            for entry in list.entries {
                encode(
                    UnsafeRawBufferPointer(rebasing: raw[entry.nameRange]),
                    UnsafeRawBufferPointer(rebasing: raw[entry.valueRange]), entry.indexing)
            }
        }
        return output
    }

    private mutating func encode(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, _ indexing: HeaderList.Indexing
    ) {
        let hash = FieldHash.of(name)
        var nameIndex = StaticHeaderTable.first(name, hash: hash)
        if indexing != .neverIndexed {
            if nameIndex > 0 {
                let index = StaticHeaderTable.index(of: value, from: nameIndex)
                if index > 0 { return writeInteger(index, prefix: 7, 0x80) }
            }
            if indexing == .indexable || nameIndex == 0 {
                let found = table.find(name, value, nameHash: hash)
                if let place = found.field {
                    return writeInteger(place + StaticHeaderTable.count + 1, prefix: 7, 0x80)
                }
                if nameIndex == 0, let place = found.name { nameIndex = place + StaticHeaderTable.count + 1 }
            }
        }
        switch indexing {
        case .indexable:
            writeInteger(nameIndex, prefix: 6, 0x40)
            if nameIndex == 0 { writeString(name) }
            writeString(value)
            table.insert(name, value)
        case .nonIndexable, .neverIndexed:
            writeInteger(nameIndex, prefix: 4, indexing == .nonIndexable ? 0 : 0x10)
            if nameIndex == 0 { writeString(name) }
            writeString(value)
        }
    }

    /// §5.1.
    private mutating func writeInteger(_ value: Int, prefix: Int, _ pattern: UInt8) {
        let mask = (1 << prefix) - 1
        guard value >= mask else {
            output.append(pattern | UInt8(value))
            return
        }
        output.append(pattern | UInt8(mask))
        var rest = value - mask
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(rest))
    }

    /// §5.2.
    private mutating func writeString(_ text: UnsafeRawBufferPointer) {
        let length = HuffmanCode.encodedLength(text)
        if length < text.count {
            writeInteger(length, prefix: 7, 0x80)
            HuffmanCode.encode(text, into: &output)
        } else {
            writeInteger(text.count, prefix: 7, 0)
            output.append(contentsOf: text)
        }
    }
}

/// Header blocks to lists (RFC 7541): one for each direction of a connection, for as long as that lives.
package struct HeaderDecoder {
    package enum Failure: Error, Equatable {
        /// The block is none, and neither end knows any more what its table holds.
        case malformed(String)
        case listTooLong
    }

    /// What this end has told the peer, or what holds without: never changed.
    static let tableBytes = 4_096

    private var table = DynamicHeaderTable(maximumSize: Self.tableBytes)
    private let maximumListBytes: Int

    /// - Parameter maximumListBytes: Names, values and 32 bytes a field (RFC 9113 §6.5.2).
    package init(maximumListBytes: Int) { self.maximumListBytes = maximumListBytes }

    /// Takes one whole block; `list` is cleared first. What is wrong with it, or nothing.
    package mutating func decode(_ block: UnsafeRawBufferPointer, into list: inout HeaderList) -> Failure? {
        list.clear()
        do throws(Failure) {
            try read(block, into: &list)
            return nil
        } catch {
            return error
        }
    }

    private mutating func read(_ block: UnsafeRawBufferPointer, into list: inout HeaderList) throws(Failure) {
        var rest = Cursor(block)
        var listBytes = 0
        var updates = 0
        while let first = rest.peek() {
            let before = list.bytes.count
            switch first {
            case 0x80...:
                try indexed(try rest.integer(prefix: 7), into: &list)
            case 0x40...: try literal(&rest, prefix: 6, .indexable, into: &list)
            case 0x20...:
                // At most two stand before the first field (§4.2).
                updates += 1
                guard list.isEmpty, updates <= 2 else {
                    throw .malformed("a table size update is out of its place")
                }
                let size = try rest.integer(prefix: 5)
                guard size <= Self.tableBytes else {
                    throw .malformed(
                        "a table size update to \(size) bytes, over the \(Self.tableBytes) that are allowed")
                }
                table.resize(size)
                continue
            case 0x10...: try literal(&rest, prefix: 4, .neverIndexed, into: &list)
            default: try literal(&rest, prefix: 4, .nonIndexable, into: &list)
            }
            listBytes += list.bytes.count - before + 32
            guard listBytes <= maximumListBytes else { throw .listTooLong }
        }
    }

    private func indexed(_ index: Int, into list: inout HeaderList) throws(Failure) {
        guard index > 0 else { throw .malformed("the index 0") }
        if index <= StaticHeaderTable.count {
            let field = StaticHeaderTable.fields[index - 1]
            list.append(field.name, field.value)
            return
        }
        let found: Void? = table.withField(index - StaticHeaderTable.count - 1) { name, value in
            list.append(name, value)
        }
        guard found != nil else { throw .malformed("the index \(index), which no table has") }
    }

    private mutating func literal(
        _ rest: inout Cursor, prefix: Int, _ indexing: HeaderList.Indexing, into list: inout HeaderList
    ) throws(Failure) {
        let index = try rest.integer(prefix: prefix)
        let start = list.bytes.count
        if index == 0 {
            try string(&rest, into: &list)
        } else if index <= StaticHeaderTable.count {
            list.bytes.append(contentsOf: StaticHeaderTable.fields[index - 1].name)
        } else {
            let found: Void? = table.withField(index - StaticHeaderTable.count - 1) { name, _ in
                list.bytes.append(contentsOf: name)
            }
            guard found != nil else { throw .malformed("the index \(index), which no table has") }
        }
        let valueStart = list.bytes.count
        try string(&rest, into: &list)
        list.entries.append(
            HeaderList.Entry(
                nameStart: start, nameLength: valueStart - start, valueLength: list.bytes.count - valueStart,
                indexing: indexing))
        guard indexing == .indexable else { return }
        list.bytes.withUnsafeBytes { raw in
            table.insert(
                UnsafeRawBufferPointer(rebasing: raw[start..<valueStart]),
                UnsafeRawBufferPointer(rebasing: raw[valueStart...]))
        }
    }

    /// §5.2.
    private func string(_ rest: inout Cursor, into list: inout HeaderList) throws(Failure) {
        guard let first = rest.peek() else { throw .malformed("a field ends too early") }
        let length = try rest.integer(prefix: 7)
        guard let bytes = rest.take(length) else { throw .malformed("a string is longer than its block") }
        if first & 0x80 == 0 {
            list.bytes.append(contentsOf: bytes)
        } else if !HuffmanDecoder.decode(bytes, into: &list.bytes) {
            throw .malformed("a string is no sound Huffman encoding")
        }
    }
}

extension HeaderList {
    /// Appends a field out of a table.
    fileprivate mutating func append(_ name: some Sequence<UInt8>, _ value: some Sequence<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        entries.append(
            Entry(
                nameStart: start, nameLength: valueStart - start, valueLength: bytes.count - valueStart,
                indexing: .indexable))
    }
}

/// The part of a block that is not yet read.
private struct Cursor {
    private let block: UnsafeRawBufferPointer
    private var offset = 0

    init(_ block: UnsafeRawBufferPointer) { self.block = block }

    func peek() -> UInt8? { offset < block.count ? block[offset] : nil }

    /// §5.1. Whatever it counts, it is far below 2^28.
    mutating func integer(prefix: Int) throws(HeaderDecoder.Failure) -> Int {
        let mask = UInt8((1 << prefix) - 1)
        guard offset < block.count else { throw .malformed("a field ends too early") }
        var value = Int(block[offset] & mask)
        offset += 1
        guard value == Int(mask) else { return value }
        for shift in stride(from: 0, through: 21, by: 7) {
            guard offset < block.count else { throw .malformed("an integer ends too early") }
            let byte = block[offset]
            offset += 1
            value += Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .malformed("an integer of more than five bytes")
    }

    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= block.count - offset else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: block[offset..<(offset + count)])
    }
}

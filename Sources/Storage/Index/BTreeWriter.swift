/// Writes one index b-tree from records in strictly ascending key order. Every page is full and written once; one page
/// a level is in memory.
///
/// In SQLite's index trees the record between two pages is in the page above and nowhere else.
final class BTreeWriter {
    private let output: RunWriter
    private let path: String
    private var levels = [BTreeLevel(isLeaf: true)]
    private let cell = GrowingBuffer<UInt8>(capacity: PageFormat.maximumLocalBytes + 16)
    private(set) var rows = 0

    init(_ output: RunWriter, path: String) {
        self.output = output
        self.path = path
    }

    func append(_ record: UnsafeRawBufferPointer) throws(StoreError) {
        guard record.count <= PageFormat.maximumRecordBytes else {
            throw StoreError(
                .limit,
                "a row of \(record.count) bytes is more than the \(PageFormat.maximumRecordBytes) that one may have",
                path: path)
        }
        cell.removeAll()
        let local = PageFormat.localBytes(record.count)
        cell.reserveIfNeeded(local + 8)
        cell.grow(by: PageFormat.put(varint: record.count, cell.base))
        UnsafeMutableRawPointer(cell.base + cell.count).copyMemory(from: record.baseAddress!, byteCount: local)
        cell.grow(by: local)
        if local < record.count {
            let first = try overflow(UnsafeRawBufferPointer(rebasing: record[local...]))
            UnsafeMutableRawPointer(cell.base + cell.count).storeBytes(of: first.bigEndian, as: UInt32.self)
            cell.grow(by: 4)
        }
        rows += 1
        try add(cell.bytes, child: 0, to: 0)
    }

    /// Ends the tree and returns the number of its root page.
    func finish() throws(StoreError) -> UInt32 {
        var level = 0
        var page: UInt32 = 0
        while level < levels.count {
            let current = levels[level]
            if current.hasDivider {
                // Nothing came behind the divider, so the cell before it divides, and it starts a page of its own.
                let child = current.takeLast(to: cell)
                let full = try output.append(current.finished(rightChild: child))
                try add(cell.bytes, child: full, to: level + 1)
                current.reset()
                current.put(current.dividerCell, child: current.dividerChild)
                current.removeDivider()
            }
            page = try output.append(current.finished(rightChild: page))
            level += 1
        }
        return page
    }

    private func add(_ cell: UnsafeRawBufferPointer, child: UInt32, to level: Int) throws(StoreError) {
        if level == levels.count { levels.append(BTreeLevel(isLeaf: false)) }
        let current = levels[level]
        if current.hasDivider {
            let full = try output.append(current.finished(rightChild: current.dividerChild))
            try add(current.dividerCell, child: full, to: level + 1)
            current.removeDivider()
            current.reset()
        }
        current.put(cell, child: child)
    }

    /// Writes what does not fit a cell into a chain of pages and returns the first one's number.
    private func overflow(_ rest: UnsafeRawBufferPointer) throws(StoreError) -> UInt32 {
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        defer { page.deallocate() }
        let first = output.pages + 1
        for start in stride(from: 0, to: rest.count, by: PageFormat.overflowBytes) {
            let end = min(start + PageFormat.overflowBytes, rest.count)
            page.initializeMemory(as: UInt8.self, repeating: 0)
            let next = end < rest.count ? output.pages + 2 : 0
            page.storeBytes(of: next.bigEndian, as: UInt32.self)
            UnsafeMutableRawBufferPointer(rebasing: page[4...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: rest[start..<end]))
            _ = try output.append(UnsafeRawBufferPointer(page))
        }
        return first
    }
}

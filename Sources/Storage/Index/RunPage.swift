/// One page of an index tree, its checksum right. What it says of itself is still believed only within its bytes.
final class RunPage: @unchecked Sendable {
    /// Never changed after `init`, so threads may share it.
    private let bytes: UnsafeMutableRawBufferPointer
    let number: UInt32
    let isLeaf: Bool
    let cellCount: Int
    private let path: String

    /// Takes over `bytes`.
    init(_ bytes: UnsafeMutableRawBufferPointer, number: UInt32, path: String) throws(StoreError) {
        self.bytes = bytes
        self.number = number
        self.path = path
        isLeaf = bytes[0] == PageFormat.indexLeaf
        cellCount = Int(bytes[3]) << 8 | Int(bytes[4])
        guard isLeaf || bytes[0] == PageFormat.indexInterior,
            PageFormat.headerBytes(isLeaf: isLeaf) + cellCount * 2 <= bytes.count, isLeaf || cellCount > 0
        else { throw error("is no page of an index") }
    }

    deinit { bytes.deallocate() }

    /// The cell's record, as far as it is on this page, and its length.
    @inline(__always)
    func record(_ index: Int) throws(StoreError) -> (local: UnsafeRawBufferPointer, count: Int, overflow: UInt32) {
        let page = UnsafeRawBufferPointer(bytes)
        let start = isLeaf ? pointer(index) : pointer(index) &+ 4
        guard let (count, body) = PageFormat.varint(page, start), count <= PageFormat.maximumLocalBytes,
            body &+ count <= page.count
        else { return try longRecord(index, start) }
        return (UnsafeRawBufferPointer(start: page.baseAddress! + body, count: count), count, 0)
    }

    @inline(never)
    private func longRecord(
        _ index: Int, _ start: Int
    ) throws(StoreError) -> (local: UnsafeRawBufferPointer, count: Int, overflow: UInt32) {
        let page = UnsafeRawBufferPointer(bytes)
        guard let (count, body) = PageFormat.varint(page, start), count <= PageFormat.maximumRecordBytes else {
            throw error("has no record in its cell \(index)")
        }
        let local = PageFormat.localBytes(count)
        guard count > local, body + local + 4 <= page.count else {
            throw error("has a cell \(index) that reaches over its end")
        }
        return (
            UnsafeRawBufferPointer(rebasing: page[body..<body + local]), count,
            UInt32(bigEndian: page.loadUnaligned(fromByteOffset: body + local, as: UInt32.self))
        )
    }

    /// The page of what is before the cell `index`, or behind the last one.
    func child(_ index: Int) throws(StoreError) -> UInt32 {
        let offset = index == cellCount ? 8 : pointer(index)
        guard !isLeaf, offset + 4 <= bytes.count else { throw error("has no child \(index)") }
        return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// Where the cell `index` is; beyond the page when it cannot be.
    @inline(__always)
    private func pointer(_ index: Int) -> Int {
        precondition(index >= 0 && index < cellCount)
        let place = (isLeaf ? 8 : 12) &+ index &* 2
        return Int(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
    }

    func error(_ problem: String) -> StoreError {
        StoreError(
            .corrupt, "the page at offset \((Int(number) - 1) * PageFormat.pageBytes) \(problem)", path: path)
    }
}

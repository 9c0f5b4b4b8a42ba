/// The page of one level of a tree that is being filled, and the cell behind it that did not fit any more.
final class BTreeLevel {
    let isLeaf: Bool
    private let page: UnsafeMutableRawBufferPointer
    private let header: Int
    private var count = 0
    /// Cells lie from here to the end of the page, the last one first.
    private var contentStart = PageFormat.pageBytes
    /// The cell that divides this page from the next: it goes to the level above as soon as there is a next.
    private let divider = GrowingBuffer<UInt8>(capacity: PageFormat.maximumLocalBytes + 16)
    private(set) var dividerChild: UInt32 = 0

    init(isLeaf: Bool) {
        self.isLeaf = isLeaf
        header = PageFormat.headerBytes(isLeaf: isLeaf)
        page = .allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        reset()
    }

    deinit { page.deallocate() }

    var hasDivider: Bool { divider.count > 0 }
    var dividerCell: UnsafeRawBufferPointer { divider.bytes }

    /// An empty page.
    func reset() {
        page.initializeMemory(as: UInt8.self, repeating: 0)
        count = 0
        contentStart = PageFormat.pageBytes
    }

    func removeDivider() { divider.removeAll() }

    /// Puts a cell behind the others; what does not fit becomes the divider. `child` is the page of what is before the
    /// cell, on an interior page.
    @inline(__always)
    func put(_ cell: UnsafeRawBufferPointer, child: UInt32) {
        let size = isLeaf ? cell.count : cell.count &+ 4
        guard header &+ (count &+ 1) &* 2 &+ size <= contentStart else {
            divider.append(contentsOf: cell.assumingMemoryBound(to: UInt8.self))
            dividerChild = child
            return
        }
        contentStart &-= size
        var target = page.baseAddress! + contentStart
        if !isLeaf {
            target.storeBytes(of: child.bigEndian, as: UInt32.self)
            target += 4
        }
        target.copyMemory(from: cell.baseAddress!, byteCount: cell.count)
        page.storeBytes(
            of: UInt16(truncatingIfNeeded: contentStart).bigEndian, toByteOffset: header &+ count &* 2, as: UInt16.self)
        count &+= 1
    }

    /// Moves the last cell out to `body`, and returns its child.
    func takeLast(to body: GrowingBuffer<UInt8>) -> UInt32 {
        // A full page has at least four cells, so one is left.
        precondition(count > 1)
        let before = UInt16(bigEndian: page.load(fromByteOffset: header + (count - 2) * 2, as: UInt16.self))
        var start = contentStart
        var child: UInt32 = 0
        if !isLeaf {
            child = UInt32(bigEndian: page.loadUnaligned(fromByteOffset: start, as: UInt32.self))
            start += 4
        }
        body.removeAll()
        body.append(contentsOf: UnsafeRawBufferPointer(page)[start..<Int(before)].rebased)
        UnsafeMutableRawBufferPointer(rebasing: page[contentStart..<Int(before)])
            .initializeMemory(as: UInt8.self, repeating: 0)
        contentStart = Int(before)
        count -= 1
        page.storeBytes(of: 0, toByteOffset: header + count * 2, as: UInt16.self)
        return child
    }

    /// The page with its header. `rightChild` is the page of what is behind the last cell, on an interior page.
    func finished(rightChild: UInt32) -> UnsafeRawBufferPointer {
        page[0] = isLeaf ? PageFormat.indexLeaf : PageFormat.indexInterior
        page.storeBytes(of: UInt16(count).bigEndian, toByteOffset: 3, as: UInt16.self)
        page.storeBytes(of: UInt16(contentStart).bigEndian, toByteOffset: 5, as: UInt16.self)
        if !isLeaf { page.storeBytes(of: rightChild.bigEndian, toByteOffset: 8, as: UInt32.self) }
        return UnsafeRawBufferPointer(page)
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var rebased: UnsafeBufferPointer<UInt8> {
        UnsafeRawBufferPointer(rebasing: self).assumingMemoryBound(to: UInt8.self)
    }
}

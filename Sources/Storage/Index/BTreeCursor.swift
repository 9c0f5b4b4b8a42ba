/// Walks one tree of a run in key order.
///
/// The records of an index tree are on all levels: behind everything in a page's child comes the cell that follows the
/// child.
struct BTreeCursor {
    private struct Step {
        let page: RunPage
        /// The current cell, or the child that the next step is in.
        var index: Int
    }

    private let run: OpenRun
    private let root: UInt32
    /// Whether pages stay in memory for the next look-up.
    private let keeps: Bool
    private var steps: [Step] = []
    private var overflow: GrowingBuffer<UInt8>?
    /// How many pages `next` may still enter: damage could lead it in circles.
    private var pagesLeft: Int

    init(_ run: OpenRun, root: UInt32, keeps: Bool) {
        self.run = run
        self.root = root
        self.keeps = keeps
        pagesLeft = run.file.pages
        steps.reserveCapacity(4)
    }

    var isAtEnd: Bool { steps.isEmpty }

    /// The page of the current row, for errors.
    func error(_ problem: String) -> StoreError {
        steps.last?.page.error(problem) ?? StoreError(.corrupt, "a row \(problem)", path: run.file.path)
    }

    /// The current row; its bytes stay until the cursor moves.
    @inline(__always)
    mutating func record() throws(StoreError) -> UnsafeRawBufferPointer {
        let step = steps[steps.count &- 1]
        return try record(step.page, step.index)
    }

    @inline(__always)
    private mutating func record(_ page: RunPage, _ index: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        let (local, count, next) = try page.record(index)
        return next == 0 ? local : try whole(local, count, next)
    }

    /// Goes to the first row.
    mutating func first() throws(StoreError) {
        steps.removeAll(keepingCapacity: true)
        try enter(root)
        try descend()
    }

    /// Goes to the next row.
    @inline(__always)
    mutating func next() throws(StoreError) {
        let top = steps.count &- 1
        steps[top].index &+= 1
        if steps[top].page.isLeaf {
            if steps[top].index == steps[top].page.cellCount { climb() }
        } else {
            try descendCounted()
        }
    }

    /// Goes to the first row that is not before what is sought. `isBefore` must be true for a first part of the rows
    /// and false for all others.
    mutating func seek(_ isBefore: (UnsafeRawBufferPointer) throws(StoreError) -> Bool) throws(StoreError) {
        steps.removeAll(keepingCapacity: true)
        try enter(root)
        try search(isBefore)
    }

    /// The same for a row that is not before the current one: near rows cost less than far ones.
    mutating func seekForward(_ isBefore: (UnsafeRawBufferPointer) throws(StoreError) -> Bool) throws(StoreError) {
        // Up to where what follows the page is known not to be before what is sought.
        while steps.count > 1 {
            let above = steps[steps.count - 2]
            if above.index < above.page.cellCount, try !isBefore(try record(above.page, above.index)) { break }
            steps.removeLast()
        }
        if !steps.isEmpty { try search(isBefore) }
    }

    private mutating func search(
        _ isBefore: (UnsafeRawBufferPointer) throws(StoreError) -> Bool
    ) throws(StoreError) {
        while true {
            let top = steps.count - 1
            let page = steps[top].page
            var low = steps[top].index
            var high = page.cellCount
            while low < high {
                let middle = (low + high) / 2
                if try isBefore(try record(page, middle)) { low = middle + 1 } else { high = middle }
            }
            steps[top].index = low
            if page.isLeaf {
                if low == page.cellCount { climb() }
                return
            }
            try enter(try page.child(low))
        }
    }

    /// Up to the first page with a cell behind the child.
    private mutating func climb() {
        while let last = steps.last, last.index == last.page.cellCount { steps.removeLast() }
    }

    /// Down to the first row of the current child.
    private mutating func descend() throws(StoreError) {
        while let last = steps.last, !last.page.isLeaf { try enter(try last.page.child(last.index)) }
        // Only a root can be empty.
        climb()
    }

    @inline(never)
    private mutating func descendCounted() throws(StoreError) {
        guard pagesLeft > 0 else { throw error("is reached twice") }
        pagesLeft -= 1
        try descend()
    }

    private mutating func enter(_ number: UInt32) throws(StoreError) {
        guard steps.count < PageFormat.maximumDepth else { throw error("is too deep in its tree") }
        let page = try run.page(number, keep: keeps)
        guard page.cellCount > 0 || steps.isEmpty else { throw page.error("is empty") }
        steps.append(Step(page: page, index: 0))
    }

    /// Brings the parts of a long record together.
    private mutating func whole(
        _ local: UnsafeRawBufferPointer, _ count: Int, _ first: UInt32
    ) throws(StoreError) -> UnsafeRawBufferPointer {
        let bytes = overflow ?? GrowingBuffer(capacity: count)
        overflow = bytes
        bytes.removeAll()
        bytes.append(contentsOf: local.assumingMemoryBound(to: UInt8.self))
        let page = UnsafeMutableRawBufferPointer.allocate(byteCount: PageFormat.pageBytes, alignment: 16)
        defer { page.deallocate() }
        var next = first
        while bytes.count < count {
            try run.file.read(next, into: page)
            next = UInt32(bigEndian: page.load(as: UInt32.self))
            let part = min(count - bytes.count, PageFormat.overflowBytes)
            bytes.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: page[4..<4 + part]).assumingMemoryBound(to: UInt8.self))
        }
        return bytes.bytes
    }
}

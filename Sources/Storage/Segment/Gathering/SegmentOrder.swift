import Telemetry

/// The order of a segment's rows: traces by their first start, the rows of a trace by start and span id, equal spans
/// once, as first received; and where blocks and pieces of traces begin.
struct SegmentOrder {
    /// Rows that are encoded together: a trace, or as much of it as one block holds.
    struct Piece: BitwiseCopyable {
        var firstRow: UInt32
        var rowCount: UInt32
    }

    struct Block {
        var firstRow: Int
        var rowCount: Int
        var pieces: Range<Int>
    }

    /// Indices of arrival, in row order.
    let order: GrowingBuffer<UInt32>
    private(set) var traces: [TraceLocation] = []
    private(set) var pieces: [Piece] = []
    private(set) var blocks: [Block] = []
    private(set) var duplicates = 0
    private(set) var duplicateSum = ContentSum()

    private struct Group: BitwiseCopyable {
        var high: UInt64
        var low: UInt64
        var start: UInt64
        var count: UInt32
        var next: UInt32
    }

    /// - Parameter provenances: by number, what the rows' parts are.
    init(_ segment: SegmentRows, _ provenances: [Provenance]) {
        order = GrowingBuffer(capacity: segment.rows.count)
        let count = segment.rows.count
        if count == 0 { return }
        let groupOf = GrowingBuffer<UInt32>(repeating: 0, count: count)
        let groups = SegmentOrder.group(segment, groupOf)
        let sorted = (0..<groups.count).sorted { left, right in
            let a = groups[left]
            let b = groups[right]
            if a.start != b.start { return a.start < b.start }
            return a.high != b.high ? a.high < b.high : a.low < b.low
        }
        var next: UInt32 = 0
        for group in sorted {
            groups[group].next = next
            next += groups[group].count
        }
        let arranged = GrowingBuffer<UInt32>(repeating: 0, count: count)
        for index in 0..<count {
            let group = Int(groupOf[index])
            arranged[Int(groups[group].next)] = UInt32(index)
            groups[group].next += 1
        }
        var first = 0
        for group in sorted {
            let size = Int(groups[group].count)
            SegmentOrder.sortRows(segment, arranged, first, size)
            let start = order.count
            keepDistinct(segment, provenances, arranged, first, size)
            traces.append(
                TraceLocation(
                    traceID: TraceID(high: groups[group].high, low: groups[group].low), block: 0,
                    firstRow: UInt32(start), rowCount: UInt32(order.count - start)))
            first += size
        }
        cutIntoBlocks()
    }

    private static func group(_ segment: SegmentRows, _ groupOf: GrowingBuffer<UInt32>) -> GrowingBuffer<Group> {
        let groups = GrowingBuffer<Group>(capacity: segment.rows.count / 8)
        var capacity = 1024
        while capacity < segment.rows.count { capacity *= 2 }
        capacity *= 2
        let slots = GrowingBuffer<UInt32>(repeating: 0, count: capacity)
        let mask = capacity - 1
        for index in 0..<segment.rows.count {
            let row = segment.rows[index]
            let hash = ByteHash.mix(row.traceHigh ^ ByteHash.seed, row.traceLow ^ 0xA076_1D64_78BD_642F)
            var slot = Int(truncatingIfNeeded: hash) & mask
            var found = 0
            while slots[slot] != 0 {
                let group = Int(slots[slot])
                if groups[group - 1].low == row.traceLow, groups[group - 1].high == row.traceHigh {
                    found = group
                    break
                }
                slot = (slot &+ 1) & mask
            }
            if found == 0 {
                groups.append(Group(high: row.traceHigh, low: row.traceLow, start: row.start, count: 0, next: 0))
                found = groups.count
                slots[slot] = UInt32(found)
            }
            let group = groups.base + (found - 1)
            group.pointee.count += 1
            if row.start < group.pointee.start { group.pointee.start = row.start }
            groupOf[index] = UInt32(found - 1)
        }
        return groups
    }

    /// By start, then span id, then arrival.
    private static func sortRows(_ segment: SegmentRows, _ arranged: GrowingBuffer<UInt32>, _ first: Int, _ count: Int)
    {
        func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
            let a = segment.rows.base + Int(left)
            let b = segment.rows.base + Int(right)
            if a.pointee.start != b.pointee.start { return a.pointee.start < b.pointee.start }
            if a.pointee.spanID != b.pointee.spanID { return a.pointee.spanID < b.pointee.spanID }
            return left < right
        }
        if count > 48 {
            var rows = UnsafeMutableBufferPointer(start: arranged.base + first, count: count)
            rows.sort(by: precedes)
            return
        }
        for index in first + 1..<max(first + 1, first + count) {
            let moving = arranged[index]
            var hole = index
            while hole > first, precedes(moving, arranged[hole - 1]) {
                arranged[hole] = arranged[hole - 1]
                hole -= 1
            }
            arranged[hole] = moving
        }
    }

    /// Equal spans have equal start and id, so they lie in one run of the sorted rows. Which one stays does not depend
    /// on the order of arrival, so that it is the same one however often segments are merged.
    private mutating func keepDistinct(
        _ segment: SegmentRows, _ provenances: [Provenance], _ arranged: GrowingBuffer<UInt32>, _ first: Int,
        _ count: Int
    ) {
        var runStart = order.count
        // A run is nearly always one span; a long one is looked through by hash.
        var seen: [ContentSum: Int] = [:]
        for index in first..<first + count {
            let row = Int(arranged[index])
            if order.count > runStart {
                let previous = segment.rows[Int(order[order.count - 1])]
                let current = segment.rows[row]
                if previous.start != current.start || previous.spanID != current.spanID {
                    runStart = order.count
                    if !seen.isEmpty { seen = [:] }
                }
            }
            let hash = segment.hashes[row]
            var equal: Int?
            if order.count - runStart > 16 {
                if seen.isEmpty { for kept in runStart..<order.count { seen[segment.hashes[Int(order[kept])]] = kept } }
                equal = seen[hash]
                if equal == nil { seen[hash] = order.count }
            } else {
                for kept in runStart..<order.count where segment.hashes[Int(order[kept])] == hash { equal = kept }
            }
            guard let equal else {
                order.append(UInt32(row))
                continue
            }
            duplicates += 1
            duplicateSum += hash
            let kept = provenances[Int(segment.rows[Int(order[equal])].part)]
            if provenances[Int(segment.rows[row].part)].precedes(kept) { order[equal] = UInt32(row) }
        }
    }

    private mutating func cutIntoBlocks() {
        let limit = SegmentFormat.blockRows
        var block = Block(firstRow: 0, rowCount: 0, pieces: 0..<0)
        func isFull(_ extra: Int) -> Bool { block.rowCount > 0 && block.rowCount + extra > limit }
        for index in traces.indices {
            var first = Int(traces[index].firstRow)
            var rest = Int(traces[index].rowCount)
            if isFull(rest) { finish(&block) }
            traces[index].block = UInt32(blocks.count)
            while rest > 0 {
                let size = min(rest, limit)
                if isFull(size) { finish(&block) }
                pieces.append(Piece(firstRow: UInt32(first), rowCount: UInt32(size)))
                block.rowCount += size
                block.pieces = block.pieces.lowerBound..<pieces.count
                first += size
                rest -= size
            }
        }
        finish(&block)
    }

    private mutating func finish(_ block: inout Block) {
        if block.rowCount == 0 { return }
        blocks.append(block)
        block = Block(firstRow: block.firstRow + block.rowCount, rowCount: 0, pieces: pieces.count..<pieces.count)
    }
}

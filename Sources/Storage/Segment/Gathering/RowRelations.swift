import Telemetry

/// What is known of each row from the rows of its piece before it: where its parent is, how long after it it started,
/// and which attribute values repeat the last one of the same key.
final class RowRelations {
    /// No parent; a parent that is not in the piece; from 2 on, a row of the piece.
    static let noParent: UInt32 = 0
    static let externalParent: UInt32 = 1

    /// By index of arrival, all of them.
    let parentCode: GrowingBuffer<UInt32>
    /// Start after the parent's, where the parent is an earlier row; else after the segment's earliest start.
    let startDelta: GrowingBuffer<UInt64>
    /// Bit `i`: attribute `i` has the value that its key and type had last in the piece.
    let repeats: GrowingBuffer<UInt64>
    private struct Last: BitwiseCopyable {
        var value: UInt64
        var piece: UInt32
    }

    init(_ segment: SegmentRows, _ tables: SegmentTables, _ order: SegmentOrder, _ slots: KeySlots, epochStart: UInt64)
    {
        let count = segment.rows.count
        parentCode = GrowingBuffer(repeating: 0, count: count)
        startDelta = GrowingBuffer(repeating: 0, count: count)
        repeats = GrowingBuffer(repeating: 0, count: count)
        let last = GrowingBuffer<Last>(repeating: Last(value: 0, piece: 0), count: max(1, slots.count))
        let ranges = (0..<UInt32(tables.layouts.count)).map { tables.layouts.range($0) }
        let layoutOfShape = tables.shapes.map { ranges[Int($0.layout)] }
        slots.ofField.withUnsafeBufferPointer { slots in
            layoutOfShape.withUnsafeBufferPointer { layouts in
                for (number, piece) in order.pieces.enumerated() {
                    findParents(segment, order, piece, epochStart: epochStart)
                    let tag = UInt32(number + 1)
                    for row in Int(piece.firstRow)..<Int(piece.firstRow + piece.rowCount) {
                        let index = Int(order.order[row])
                        let source = segment.rows.base + index
                        let fields = layouts[Int(source.pointee.shape)]
                        var value = segment.values.base + Int(source.pointee.valueStart)
                        var mask: UInt64 = 0
                        var bit: UInt64 = 1
                        for field in fields {
                            let slot = last.base + Int(slots[field])
                            if slot.pointee.piece == tag, slot.pointee.value == value.pointee { mask |= bit }
                            slot.pointee = Last(value: value.pointee, piece: tag)
                            value += 1
                            // Zero from the 65th attribute on: those are never marked.
                            bit &<<= 1
                        }
                        repeats[index] = mask
                    }
                }
            }
        }
    }

    private func findParents(
        _ segment: SegmentRows, _ order: SegmentOrder, _ piece: SegmentOrder.Piece, epochStart: UInt64
    ) {
        let first = Int(piece.firstRow)
        let count = Int(piece.rowCount)
        var rowOfSpan: [UInt64: Int] = [:]
        if count > 64 {
            rowOfSpan.reserveCapacity(count)
            for row in first..<first + count {
                let id = segment.rows[Int(order.order[row])].spanID
                if rowOfSpan[id] == nil { rowOfSpan[id] = row }
            }
        }
        for row in first..<first + count {
            let index = Int(order.order[row])
            let source = segment.rows.base + index
            let parent = source.pointee.parentID
            startDelta[index] = source.pointee.start &- epochStart
            if parent == 0 {
                parentCode[index] = RowRelations.noParent
                continue
            }
            var found = -1
            if count > 64 {
                found = rowOfSpan[parent] ?? -1
            } else {
                for candidate in first..<first + count
                where (segment.rows.base + Int(order.order[candidate])).pointee.spanID == parent {
                    found = candidate
                    break
                }
            }
            if found < 0 {
                parentCode[index] = RowRelations.externalParent
            } else if found < row {
                parentCode[index] = UInt32(2 + (row - found - 1) * 2)
                startDelta[index] = source.pointee.start &- segment.rows[Int(order.order[found])].start
            } else {
                parentCode[index] = UInt32(3 + (found - row) * 2)
            }
        }
    }
}

/// Numbers the distinct (key, type) pairs of attribute layouts, in order of first appearance.
struct KeySlots {
    /// By field of the layouts.
    let ofField: [UInt32]
    let count: Int

    init(_ fields: [ShapeField]) {
        var known: [ShapeField: UInt32] = [:]
        ofField = fields.map { field in
            if let slot = known[field] { return slot }
            let slot = UInt32(known.count)
            known[field] = slot
            return slot
        }
        count = known.count
    }
}

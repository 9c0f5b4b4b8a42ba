import Telemetry

/// Which batch each row came in: most rows came in the batch of the row before them, or of the last row with their
/// resource; only the others are written.
enum PartColumn {
    enum Rule: UInt8 {
        case previousRow = 0
        case previousRowOfResource = 1
    }

    static func encode(
        _ rows: UnsafeBufferPointer<UInt32>, _ segment: SegmentRows, _ tables: SegmentTables, to sink: ByteSink
    ) {
        let byRow = exceptions(rows, segment, tables, .previousRow)
        let byResource = exceptions(rows, segment, tables, .previousRowOfResource)
        let rule = byRow.count <= byResource.count ? Rule.previousRow : .previousRowOfResource
        let found = rule == .previousRow ? byRow : byResource
        sink.byte(rule.rawValue)
        sink.varint(found.count)
        var last: Int64 = 0
        for entry in found {
            sink.varint(entry.gap)
            sink.zigzag(Int64(entry.part) - last)
            last = Int64(entry.part)
        }
    }

    private static func exceptions(
        _ rows: UnsafeBufferPointer<UInt32>, _ segment: SegmentRows, _ tables: SegmentTables, _ rule: Rule
    ) -> [(gap: Int, part: UInt32)] {
        var found: [(gap: Int, part: UInt32)] = []
        let none = UInt32.max
        var expected = [UInt32](repeating: none, count: rule == .previousRow ? 1 : tables.resources.count)
        var next = 0
        for (row, index) in rows.enumerated() {
            let source = segment.rows.base + Int(index)
            let slot = rule == .previousRow ? 0 : Int(tables.shapes[Int(source.pointee.shape)].resource)
            if expected[slot] == source.pointee.part { continue }
            expected[slot] = source.pointee.part
            found.append((row - next, source.pointee.part))
            next = row + 1
        }
        return found
    }
}

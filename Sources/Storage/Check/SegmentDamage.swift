import Telemetry

/// What damaged blocks of a segment cost.
struct SegmentDamage {
    let reader: SegmentReader
    let path: String
    /// Places in the footer's list of blocks, and what is wrong there.
    let damaged: [(index: Int, kind: StoreFinding.Kind, problem: String)]

    var findings: [StoreFinding] {
        damaged.map { index, kind, problem in
            let block = reader.blocks[index]
            var finding = StoreFinding(
                kind, path, offset: block.offset,
                "the block of \(block.kind) number \(index), \(block.length) bytes at offset \(block.offset), is damaged: "
                    + problem)
            finding.loss = loss(of: block, at: index)
            return finding
        }
    }

    /// A block of rows costs its rows. Without strings, shapes or provenance no row of its group can be read; the other
    /// blocks only lead to the rows, and what they say can be had from those.
    private func loss(of block: BlockSummary, at index: Int) -> StoreFinding.Loss? {
        switch block.kind {
        case .rows:
            return loss(
                rows: Int(block.firstRow)..<Int(block.firstRow) + Int(block.spanCount),
                from: block.minimumStartNanoseconds, to: block.maximumEndNanoseconds)
        case .strings, .shapes, .provenance:
            guard let group = reader.groups.first(where: { $0.blocks.contains(index) }) else { return nil }
            return loss(rows: group.rows, from: group.earliestStart, to: group.latestEnd)
        default:
            return nil
        }
    }

    private func loss(rows: Range<Int>, from: UInt64, to: UInt64) -> StoreFinding.Loss {
        var loss = StoreFinding.Loss(spans: UInt64(rows.count), fromNanoseconds: from, toNanoseconds: to)
        // Where the list of traces is damaged as well, that is a finding of its own.
        let groups = reader.groups.indices.filter { reader.groups[$0].rows.overlaps(rows) }
        let lists = groups.map { group in Result { () throws(StoreError) in try reader.traces(in: group) } }
        guard let traces = try? lists.flatMap({ try $0.get() }) else { return loss }
        let touched = traces.filter { trace in
            Int(trace.firstRow) < rows.upperBound && Int(trace.firstRow) + Int(trace.rowCount) > rows.lowerBound
        }
        loss.traces = touched.count
        loss.traceIDs = touched.prefix(StoreFinding.Loss.maximumTraceIDs).map(\.traceID)
        return loss
    }
}

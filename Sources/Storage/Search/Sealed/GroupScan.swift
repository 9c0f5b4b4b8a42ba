import Telemetry

/// One row group on its way through a search: what its dictionaries say, and its traces once they are needed.
final class GroupScan {
    let segment: SealedSegment
    let group: Int
    let verdicts: ShapeVerdicts
    /// Where its shapes have what is wanted of rows, once that is needed.
    var projection: ShapeProjection?
    private var traces: TraceList?

    init(_ segment: SealedSegment, _ group: Int, _ verdicts: ShapeVerdicts) {
        self.segment = segment
        self.group = group
        self.verdicts = verdicts
    }

    /// Whether a block can have a match, as far as its statistics say.
    func canMatch(_ statistics: BlockStatistics, earliestStart: UInt64) -> Bool {
        var ofTime: [Int: Bool] = [:]
        for (number, leaf) in verdicts.filter.leaves.enumerated() {
            let verdict: Verdict =
                switch leaf.field {
                case .start: leaf.test.verdict(unsigned: earliestStart...max(earliestStart, statistics.latestStart))
                case .duration: statistics.durations.map { leaf.test.verdict(unsigned: $0) } ?? .depends
                default: .depends
                }
            if let known = verdict.known { ofTime[number] = known }
        }
        return statistics.shapes.contains { shape in
            guard verdicts.ofShape[Int(shape)] == .depends, !ofTime.isEmpty else {
                return verdicts.ofShape[Int(shape)] != .never
            }
            return CompiledFilter.reduce(
                verdicts.filter.root, { ofTime[$0] ?? verdicts.ofLeaf[$0][Int(shape)].known }) != .constant(false)
        }
    }

    /// The traces with rows in block `index` of the segment's blocks of rows.
    func traces(_ reader: SegmentReader, block index: Int) throws(StoreError) -> ArraySlice<TraceLocation> {
        let list = if let traces { traces } else { try reader.traceTable(of: group) }
        traces = list
        let known = list.traces
        let block = reader.rowBlocks[index]
        let first = GroupScan.trace(of: block.firstRow, known[...])
        var end = first
        while end < known.count, known[end].firstRow < block.firstRow + block.spanCount { end += 1 }
        return known[first..<end]
    }

    /// Which trace has row `row` of the segment.
    static func trace(of row: UInt32, _ traces: ArraySlice<TraceLocation>) -> Int {
        var low = traces.startIndex
        var high = traces.endIndex
        while high - low > 1 {
            let middle = (low + high) / 2
            if traces[middle].firstRow <= row { low = middle } else { high = middle }
        }
        return low
    }
}

extension BlockStatistics {
    /// The durations that rows can have, zero where a clock ran backwards; `nil` where numbers wrap around.
    fileprivate var durations: ClosedRange<UInt64>? {
        guard shortestDuration >= 0, longestDuration >= shortestDuration,
            !latestStart.addingReportingOverflow(UInt64(longestDuration)).overflow
        else { return nil }
        return UInt64(shortestDuration)...UInt64(longestDuration)
    }
}

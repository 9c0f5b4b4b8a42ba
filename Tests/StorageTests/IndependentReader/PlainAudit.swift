/// Everything in a segment that repeats something else in it, recomputed.
struct PlainAudit {
    private(set) var findings: [String] = []

    init(_ segment: PlainSegment) throws {
        for (index, group) in segment.groups.enumerated() { try audit(group, index, segment.version) }
        let groups = segment.groups.filter { !$0.spans.isEmpty }
        expect(segment.spans.map(\.start).min() ?? .max == segment.earliestStart, "the segment's earliest start")
        expect(segment.spans.map(\.end).max() ?? 0 == segment.latestEnd, "the segment's latest end")
        expect(groups.count == segment.groups.count || segment.version == 1, "a group without spans")
    }

    private mutating func expect(_ condition: Bool, _ finding: @autoclosure () -> String) {
        if !condition { findings.append(finding()) }
    }

    private mutating func audit(_ group: PlainGroup, _ index: Int, _ version: UInt32) throws {
        let spans = group.spans
        for block in group.blocks {
            let rows = spans[group.rows(of: block)]
            let name = "block at \(block.offset): "
            expect(rows.map(\.start).min() == block.earliestStart, name + "earliest start")
            expect(rows.map(\.end).max() == block.latestEnd, name + "latest end")
            let sum = rows.reduce(PlainContent.zero) { PlainContent.sum($0, PlainContent.hash($1)) }
            expect(sum == block.contentSum, name + "content sum")
        }
        auditOrder(group, index)
        expect(Set(spans).count == spans.count, "group \(index): equal spans")
        if version == 1 { return }
        let summary = group.summary
        expect(spans.map(\.start).min() == summary.earliestStart, "group \(index): earliest start")
        expect(spans.map(\.start).max() == summary.latestStart, "group \(index): latest start")
        expect(spans.map(\.end).max() == summary.latestEnd, "group \(index): latest end")
        expect(group.statistics == PlainStatistics.of(group), "group \(index): statistics")
        findings += group.catalog?.differences(from: spans).map { "group \(index): catalog: " + $0 } ?? ["no catalog"]
        guard let filter = group.filter else { throw PlainError("no filter") }
        var hashes: Set<UInt64> = []
        for resource in Set(spans.map(\.resource)) { hashes.formUnion(try PlainFilter.hashes(resource)) }
        for scope in Set(spans.map(\.scope)) { hashes.formUnion(try PlainFilter.hashes(scope)) }
        for span in spans { hashes.formUnion(try PlainFilter.hashes(span)) }
        let missing = hashes.count { !filter.mayContain($0) }
        expect(missing == 0, "group \(index): \(missing) of \(hashes.count) hashes are not in the filter")
        expect(filter.fill < 75, "group \(index): a filter with \(filter.fill) of a hundred bits set")
    }

    private mutating func auditOrder(_ group: PlainGroup, _ index: Int) {
        let spans = group.spans
        expect(Set(group.traces.map(\.id)).count == group.traces.count, "group \(index): a trace twice")
        var last: (start: UInt64, id: [UInt8])?
        for trace in group.traces {
            let its = spans[trace.rows.lowerBound - group.firstRow..<trace.rows.upperBound - group.firstRow]
            let start = its.map(\.start).min() ?? 0
            if let last {
                expect(
                    last.start < start || last.start == start && last.id.lexicographicallyPrecedes(trace.id),
                    "group \(index): the order of traces")
            }
            last = (start, trace.id)
            for (one, next) in zip(its, its.dropFirst()) {
                expect(
                    one.start < next.start || one.start == next.start && one.spanID <= next.spanID,
                    "group \(index): the order of rows")
            }
        }
    }
}

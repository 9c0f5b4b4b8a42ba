import Telemetry

/// One search through one moment of a store: best first by the latest start that each part can have, until no part can
/// hold a newer match than those found.
struct SpanSearch<Sink: MatchSink> {
    private enum Item {
        case live(LiveBatch)
        case segment(SealedSegment)
        case group(SealedSegment, Int)
        /// A block of the segment's blocks of rows.
        case block(GroupScan, Int)
    }

    private let query: SpanQuery
    private let window: ClosedRange<UInt64>
    private let filter: CompiledFilter
    private let probe: FilterProbe
    private var matcher: SpanMatcher
    private let isCancelled: () -> Bool
    private let deadline: UInt64
    private let prunes: Bool
    private var queue = SearchQueue<Item>()
    var sink: Sink
    private var answer = SearchAnswer()

    /// - Parameter prunes: without, statistics and filters are not asked: for tests that nothing is lost by asking.
    init(
        _ query: SpanQuery, _ sink: Sink, prunes: Bool = true, isCancelled: @escaping () -> Bool
    ) throws(StoreError) {
        guard 1...SpanQuery.maximumLimit ~= query.limit else {
            throw StoreError(
                .invalidQuery, "a search for \(query.limit) spans: from 1 to \(SpanQuery.maximumLimit) can be asked for"
            )
        }
        self.query = query
        self.isCancelled = isCancelled
        self.prunes = prunes
        filter = try CompiledFilter(query.filter)
        probe = FilterProbe(filter)
        matcher = SpanMatcher(filter)
        self.sink = sink
        let to = min(query.to, query.after?.startNanoseconds ?? .max)
        // An empty window has nothing in it; the filter is checked all the same.
        window = query.from <= to ? query.from...to : UInt64.max...UInt64.max
        let (end, overflow) = MonotonicClock.nanoseconds().addingReportingOverflow(query.maximumNanoseconds)
        deadline = overflow ? .max : end
        isEmpty = query.from > to || filter.root == .constant(false)
    }

    private let isEmpty: Bool

    /// Whether something was not looked at.
    var hasLeft: Bool { queue.first != nil }

    /// What is to be said of the search; the sink has the matches.
    mutating func run(_ snapshot: SearchSnapshot) throws(StoreError) -> SearchAnswer {
        if isEmpty { return answer }
        for (number, error) in snapshot.unreadable.sorted(by: { $0.key < $1.key }) {
            answer.gaps.append(.unreadable(segment: number, reason: error.description))
        }
        for batch in snapshot.live { enqueue(.live(batch), batch.spans.startNanoseconds.range) }
        for segment in snapshot.segments where segment.entry.spanCount > 0 {
            let entry = segment.entry
            guard enqueue(.segment(segment), entry.earliestStart...max(entry.earliestStart, entry.latestStart)) else {
                continue
            }
            answer.figures.segments += 1
        }
        while let entry = queue.first, !sink.isSatisfied {
            if let worst = sink.worstStart, entry.latestStart < worst { break }
            if let gap = exhausted() {
                answer.gaps.append(gap)
                let (next, overflow) = entry.latestStart.addingReportingOverflow(1)
                answer.searchedDownTo = overflow ? .max : next
                break
            }
            _ = queue.removeFirst()
            try visit(entry.item)
            try sink.settle(frontier: queue.first?.latestStart ?? 0)
        }
        if !sink.isSatisfied, answer.searchedDownTo == 0 || sink.takesUnsettled { try sink.settle(frontier: nil) }
        for gap in sink.gaps where !answer.gaps.contains(gap) { answer.gaps.append(gap) }
        return answer
    }

    private func exhausted() -> SearchAnswer.Gap? {
        if isCancelled() { return .cancelled }
        if answer.figures.bytes >= query.maximumBytes { return .bytes(query.maximumBytes) }
        return MonotonicClock.nanoseconds() >= deadline ? .time(nanoseconds: query.maximumNanoseconds) : nil
    }

    @discardableResult
    private mutating func enqueue(_ item: Item, _ starts: ClosedRange<UInt64>?) -> Bool {
        guard let starts, starts.overlaps(window) else { return false }
        queue.insert(item, latestStart: min(starts.upperBound, window.upperBound))
        return true
    }

    private mutating func visit(_ item: Item) throws(StoreError) {
        switch item {
        case .live(let batch): try scan(batch)
        case .segment(let segment):
            try reading(segment) { search, reader throws(StoreError) in
                search.open(segment, reader)
            }
        case .group(let segment, let group):
            try reading(segment) { search, reader throws(StoreError) in
                try search.open(segment, reader, group)
            }
        case .block(let scan, let index):
            try reading(scan.segment) { search, reader throws(StoreError) in
                try search.scan(reader, scan, index)
            }
        }
    }

    /// A damaged file costs its own spans, and the answer says so.
    private mutating func reading(
        _ segment: SealedSegment, _ body: (inout SpanSearch<Sink>, SegmentReader) throws(StoreError) -> Void
    ) throws(StoreError) {
        do throws(StoreError) {
            try segment.read { reader throws(StoreError) in try body(&self, reader) }
        } catch {
            guard let gap = SearchAnswer.Gap(error, segment) else { throw error }
            if !answer.gaps.contains(gap) { answer.gaps.append(gap) }
        }
    }

    private mutating func scan(_ batch: LiveBatch) throws(StoreError) {
        answer.figures.liveRows += batch.spans.count
        let rows = matcher.rows(of: batch.spans)
        if rows.isEmpty { return }
        let place = try sink.open(batch, rows)
        for row in rows where window.contains(batch.spans.startNanoseconds[row]) {
            sink.insert(
                Candidate(
                    start: batch.spans.startNanoseconds[row], traceID: batch.spans.traceID[row],
                    spanID: batch.spans.spanID[row], place: place, row: row))
        }
    }

    private mutating func open(_ segment: SealedSegment, _ reader: SegmentReader) {
        answer.figures.openedSegments += 1
        for (number, group) in reader.groups.enumerated() where !group.rows.isEmpty {
            let starts = group.earliestStart...max(group.earliestStart, group.latestStart)
            if enqueue(.group(segment, number), starts) { answer.figures.groups += 1 }
        }
    }

    private mutating func open(
        _ segment: SealedSegment, _ reader: SegmentReader, _ group: Int
    ) throws(StoreError) {
        if prunes, try isRuledOut(reader, group) {
            answer.figures.groupsRuledOut += 1
            return
        }
        let dictionaries = try reader.dictionaries(of: group)
        for block in reader.blocks[reader.groups[group].blocks] {
            switch block.kind {
            case .strings, .shapes, .provenance: answer.figures.bytes += block.length
            default: continue
            }
        }
        let verdicts = try ShapeVerdicts(filter, dictionaries, path: reader.path)
        guard verdicts.canMatch else {
            answer.figures.groupsWithoutMatch += 1
            return
        }
        try enqueueBlocks(of: GroupScan(segment, group, verdicts), reader)
    }

    /// From the last block on: rows are in the order of their traces' starts, so of blocks of which no more is known than
    /// of the group these are the newest.
    private mutating func enqueueBlocks(of scan: GroupScan, _ reader: SegmentReader) throws(StoreError) {
        let group = reader.groups[scan.group]
        let statistics = prunes ? try reader.statistics(of: scan.group) : nil
        for (place, index) in group.rowBlocks.enumerated().reversed() {
            let earliest = reader.rowBlocks[index].minimumStartNanoseconds
            var latest = group.latestStart
            if let statistics {
                latest = statistics.blocks[place].latestStart
                guard scan.canMatch(statistics.blocks[place], earliestStart: earliest) else { continue }
            }
            enqueue(.block(scan, index), earliest...max(earliest, latest))
        }
    }

    /// Whether the times of a group and its filter of values say that no span of it matches.
    private mutating func isRuledOut(_ reader: SegmentReader, _ group: Int) throws(StoreError) -> Bool {
        let times =
            reader.groups[group]
            .earliestStart...max(
                reader.groups[group].earliestStart, reader.groups[group].latestStart)
        var isHeld: [Bool?] = []
        var pages = 0
        for (number, leaf) in filter.leaves.enumerated() {
            if leaf.field == .start {
                isHeld.append(leaf.test.verdict(unsigned: times).known)
            } else {
                isHeld.append(try probe.mayHold(number, reader, group, pages: &pages) ? nil : false)
            }
        }
        answer.figures.bytes += pages * SplitBlockFilter.pageBytes
        return CompiledFilter.reduce(filter.root, { isHeld[$0] }) == .constant(false)
    }

    private mutating func scan(
        _ reader: SegmentReader, _ scan: GroupScan, _ index: Int
    ) throws(StoreError) {
        let block = try reader.rows(index: index, scan.verdicts.dictionaries)
        answer.figures.bytes += reader.rowBlocks[index].length
        answer.figures.blocks += 1
        answer.figures.rows += block.rowCount
        guard block.columns.keys.contains(where: { scan.verdicts.ofShape[Int($0)] != .never }) else { return }
        let group = reader.groups[scan.group]
        let traces = try scan.traces(reader, block: index)
        var failure: StoreError?
        block.plain.withUnsafeBytes { plain in
            block.raw.withUnsafeBytes { raw in
                let data = BlockData(
                    plain: ByteSource(plain, path: reader.path, what: "the rows block from row \(block.firstRow)"),
                    bits: BitSource(bytes: raw))
                var rows = BlockScan(
                    block, data, scan.verdicts, traces: traces, firstStart: group.earliestStart,
                    latestStart: group.latestStart)
                do throws(StoreError) { try collect(&rows, scan, index, reader.path) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    private mutating func collect(
        _ rows: inout BlockScan, _ scan: GroupScan, _ index: Int, _ path: String
    ) throws(StoreError) {
        let matches = try rows.matches()
        if matches.isEmpty { return }
        let place = try sink.open(scan, index: index, &rows, path: path)
        try matches.forEachDescending { row throws(StoreError) in
            let start = try rows.starts.start(row)
            guard window.contains(start) else { return }
            guard sink.mayTake(start: start) else { return sink.passOver() }
            let trace = rows.traces[GroupScan.trace(of: UInt32(rows.block.firstRow + row), rows.traces)]
            sink.insert(
                Candidate(
                    start: start, traceID: trace.traceID, spanID: try rows.spanID(row), place: place, row: row))
        }
    }
}

extension [UInt64] {
    /// From the least to the greatest; `nil` for none.
    var range: ClosedRange<UInt64>? {
        guard var least = first else { return nil }
        var greatest = least
        for value in self {
            least = Swift.min(least, value)
            greatest = Swift.max(greatest, value)
        }
        return least...greatest
    }
}

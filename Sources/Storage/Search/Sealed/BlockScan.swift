import Telemetry

/// Looks at the rows of one block: a comparison at a time, a column at a time, and only the columns that it needs.
struct BlockScan {
    let block: RowBlock
    let data: BlockData
    let verdicts: ShapeVerdicts
    /// The traces with rows in the block, in row order.
    let traces: ArraySlice<TraceLocation>
    var starts: StartTimes
    /// No span of the block started later.
    let latestStart: UInt64
    /// The shapes that are in the block, and their rows in order.
    let shapes: [UInt32]
    private(set) var rowsOfShape: [UInt32: ArraySlice<UInt32>] = [:]

    init(
        _ block: RowBlock, _ data: BlockData, _ verdicts: ShapeVerdicts, traces: ArraySlice<TraceLocation>,
        firstStart: UInt64, latestStart: UInt64
    ) {
        self.block = block
        self.data = data
        self.verdicts = verdicts
        self.traces = traces
        self.latestStart = latestStart
        starts = StartTimes(block, data, firstStart: firstStart)
        shapes = block.columns.keys.sorted()
        var next: [UInt32: Int] = [:]
        var first = 0
        for shape in shapes {
            next[shape] = first
            first += block.columns[shape]?.rowCount ?? 0
        }
        var rows = [UInt32](repeating: 0, count: block.rowCount)
        for row in 0..<block.rowCount {
            let shape = block.shape[row]
            rows[(next[shape] ?? 0) + Int(block.rank[row])] = UInt32(row)
        }
        for shape in shapes {
            let start = next[shape] ?? 0
            rowsOfShape[shape] = rows[start..<start + (block.columns[shape]?.rowCount ?? 0)]
        }
    }

    /// The rows that match.
    mutating func matches() throws(StoreError) -> RowBitmap {
        var rows = RowBitmap(count: block.rowCount)
        for shape in shapes where verdicts.ofShape[Int(shape)] != .never { insert(shape, into: &rows) }
        if rows.isEmpty || !shapes.contains(where: { verdicts.ofShape[Int($0)] == .depends }) { return rows }
        rows.formIntersection(try rowsMatching(verdicts.filter.root, among: rows))
        return rows
    }

    private func insert(_ shape: UInt32, into rows: inout RowBitmap) {
        for row in rowsOfShape[shape] ?? [] { rows.insert(Int(row)) }
    }

    /// The rows of `wanted` that match a part of the filter.
    private mutating func rowsMatching(
        _ node: CompiledFilter.Node, among wanted: RowBitmap
    ) throws(StoreError) -> RowBitmap {
        switch node {
        case .constant(let value): return value ? wanted : RowBitmap(count: block.rowCount)
        case .leaf(let leaf): return try rowsMatching(leaf, among: wanted)
        case .not(let part):
            var rows = wanted
            rows.subtract(try rowsMatching(part, among: wanted))
            return rows
        case .and(let parts):
            var rows = wanted
            for part in verdictsFirst(parts) {
                if rows.isEmpty { break }
                rows = try rowsMatching(part, among: rows)
            }
            return rows
        case .or(let parts):
            var rows = RowBitmap(count: block.rowCount)
            var left = wanted
            for part in verdictsFirst(parts) {
                if left.isEmpty { break }
                let found = try rowsMatching(part, among: left)
                rows.formUnion(found)
                left.subtract(found)
            }
            return rows
        }
    }

    /// Parts that dictionaries decide come first: they cost nothing.
    private func verdictsFirst(_ parts: [CompiledFilter.Node]) -> [CompiledFilter.Node] {
        let isFree = parts.map { part in
            if case .leaf(let leaf) = part {
                shapes.allSatisfy { verdicts.ofLeaf[leaf][Int($0)] != .depends }
            } else {
                false
            }
        }
        return parts.indices.filter { isFree[$0] }.map { parts[$0] }
            + parts.indices.filter { !isFree[$0] }.map { parts[$0] }
    }

    private mutating func rowsMatching(_ leaf: Int, among wanted: RowBitmap) throws(StoreError) -> RowBitmap {
        var rows = RowBitmap(count: block.rowCount)
        var open: [UInt32] = []
        for shape in shapes {
            switch verdicts.ofLeaf[leaf][Int(shape)] {
            case .never: continue
            case .always: insert(shape, into: &rows)
            case .depends: open.append(shape)
            }
        }
        rows.formIntersection(wanted)
        open = open.filter { shape in (rowsOfShape[shape] ?? []).contains { wanted.contains(Int($0)) } }
        if open.isEmpty { return rows }
        var found = RowBitmap(count: block.rowCount)
        switch verdicts.filter.leaves[leaf].field {
        case .attribute(.span, _), .attribute(.any, _):
            var scan = AttributeScan(block, data, verdicts, leaf, rowsOfShape)
            found = try scan.rows(of: open)
        default:
            try findRows(leaf, among: wanted, &found)
        }
        found.formIntersection(wanted)
        rows.formUnion(found)
        return rows
    }

    /// Comparisons that look at rows, whatever their shape.
    private mutating func findRows(
        _ leaf: Int, among wanted: RowBitmap, _ found: inout RowBitmap
    ) throws(StoreError) {
        switch verdicts.filter.leaves[leaf].field {
        case .name: try names(leaf, wanted, &found)
        case .statusMessage: sparse(0, leaf, wanted, &found)
        case .traceState: sparse(1, leaf, wanted, &found)
        case .traceID:
            for trace in traces where verdicts.filter.leaves[leaf].test.matches(trace.traceID) {
                let first = max(0, Int(trace.firstRow) - block.firstRow)
                found.insert(first..<min(block.rowCount, Int(trace.firstRow + trace.rowCount) - block.firstRow))
            }
        case .isRoot:
            for row in 0..<block.rowCount
            where verdicts.filter.leaves[leaf].test.matches(block.parentCode[row] == RowRelations.noParent) {
                found.insert(row)
            }
        case .spanID:
            for row in 0..<block.rowCount where wanted.contains(row) {
                if verdicts.filter.leaves[leaf].test.matches(try spanID(row)) { found.insert(row) }
            }
        case .parentSpanID:
            for row in 0..<block.rowCount where wanted.contains(row) {
                guard let parent = try parentID(row) else { continue }
                if verdicts.filter.leaves[leaf].test.matches(parent) { found.insert(row) }
            }
        case .start, .end, .duration: try times(leaf, wanted, &found)
        case .attribute(.event, _), .eventName:
            for (row, range) in block.events where wanted.contains(Int(row)) {
                var walk = EventWalk(verdicts, leaf, data)
                if try walk.anyEvent(data.plain.slice(range)) { found.insert(Int(row)) }
            }
        case .attribute(.link, _), .linkTraceID, .linkSpanID:
            for (row, range) in block.links where wanted.contains(Int(row)) {
                var walk = EventWalk(verdicts, leaf, data)
                if try walk.anyLink(data.plain.slice(range)) { found.insert(Int(row)) }
            }
        default: return
        }
    }

    /// Rows of the shapes whose spans do not all have the same name.
    private mutating func names(_ leaf: Int, _ wanted: RowBitmap, _ found: inout RowBitmap) throws(StoreError) {
        for shape in shapes {
            guard let plan = verdicts.dictionaries.shapes[Int(shape)].names,
                let column = block.columns[shape]?.names, let rows = rowsOfShape[shape],
                rows.contains(where: { wanted.contains(Int($0)) })
            else { continue }
            let strings = verdicts.dictionaries.strings
            let scan = ColumnScan(plan: plan, type: .string, column: column, data: data, strings: strings)
            let known = verdicts.filter.leaves[leaf].test.outcome(of: plan, .string, strings)
            let outcomes = try scan.outcomes(known, &verdicts.filter.leaves[leaf].test)
            for (row, outcome) in zip(rows, outcomes) where outcome { found.insert(Int(row)) }
        }
    }

    /// Most rows have none, which is the empty string.
    private func sparse(_ column: Int, _ leaf: Int, _ wanted: RowBitmap, _ found: inout RowBitmap) {
        if verdicts.filter.leaves[leaf].test.matches(UnsafeRawBufferPointer(start: nil, count: 0)) { found = wanted }
        for (row, number) in block.sparse[column] {
            var one = RowBitmap(count: block.rowCount)
            one.insert(Int(row))
            found.subtract(one)
            guard number < UInt32(verdicts.dictionaries.strings.count) else { continue }
            if verdicts.dictionaries.strings.withBytes(number, { verdicts.filter.leaves[leaf].test.matches($0) }) {
                found.insert(Int(row))
            }
        }
    }

    private mutating func times(_ leaf: Int, _ wanted: RowBitmap, _ found: inout RowBitmap) throws(StoreError) {
        let test = verdicts.filter.leaves[leaf].test
        switch verdicts.filter.leaves[leaf].field {
        case .start:
            for row in 0..<block.rowCount where wanted.contains(row) {
                if test.matches(unsigned: try starts.start(row)) { found.insert(row) }
            }
        case .end:
            for row in 0..<block.rowCount where wanted.contains(row) {
                if test.matches(unsigned: try starts.start(row) &+ elapsed(row)) { found.insert(row) }
            }
        default:
            for shape in shapes {
                guard verdicts.ofShape[Int(shape)] != .never, let columns = block.columns[shape],
                    let rows = rowsOfShape[shape]
                else { continue }
                var unclear: [(row: Int, elapsed: UInt64)] = []
                columns.numbers[ShapeColumns.Number.duration.rawValue].forEach(in: data.bits) { index, elapsed in
                    let row = Int(rows[rows.startIndex + index])
                    // Where a clock ran backwards the end, start plus this, has passed the end of time.
                    if elapsed > UInt64.max - latestStart {
                        unclear.append((row, elapsed))
                    } else if test.matches(unsigned: elapsed) {
                        found.insert(row)
                    }
                }
                for (row, elapsed) in unclear where wanted.contains(row) {
                    let (_, overflow) = try starts.start(row).addingReportingOverflow(elapsed)
                    found.remove(row)
                    if test.matches(unsigned: overflow ? 0 : elapsed) { found.insert(row) }
                }
            }
        }
    }

    private func elapsed(_ row: Int) -> UInt64 {
        block.columns[block.shape[row]]?.value(.duration, Int(block.rank[row]), data.bits) ?? 0
    }

    func spanID(_ row: Int) throws(StoreError) -> SpanID {
        guard let columns = block.columns[block.shape[row]] else {
            throw data.damaged("no columns of shape \(block.shape[row])")
        }
        return SpanID(columns.value(.spanID, Int(block.rank[row]), data.bits))
    }

    private func parentID(_ row: Int) throws(StoreError) -> SpanID? {
        let code = block.parentCode[row]
        if code == RowRelations.noParent { return nil }
        if code == RowRelations.externalParent {
            return block.columns[block.shape[row]].map {
                SpanID($0.value(.externalParent, Int(block.externalRank[row]), data.bits))
            }
        }
        let distance = Int(code - 2) / 2
        let parent = code & 1 == 0 ? row - distance - 1 : row + distance
        guard block.shape.indices.contains(parent) else { throw data.damaged("a parent in row \(parent)") }
        let id = try spanID(parent)
        return id.isValid ? id : nil
    }
}

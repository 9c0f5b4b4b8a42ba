/// One block of rows.
struct PlainRows {
    private(set) var spans: [PlainSpan] = []
    private(set) var batchOfRow: [Int] = []
    private(set) var shapeOfRow: [Int] = []

    private struct Key: Hashable {
        var key: [UInt8]
        var type: UInt8
    }

    /// One attribute of the rows of one shape.
    private struct Column {
        var repeats: [Bool] = []
        var data: [PlainValue]?
        var next = 0
    }

    init(_ a: [UInt8], _ b: [UInt8], _ block: PlainBlock, _ group: PlainGroup) throws {
        let n = block.rows
        let shapes = group.shapes
        let strings = group.strings
        var source = PlainBytes(a)

        shapeOfRow = try source.planes(n)
        guard shapeOfRow.allSatisfy({ $0 < shapes.shapes.count }) else { throw PlainError("a shape out of bounds") }
        let parents = try source.planes(n)
        try readBatches(&source, n, group)
        let pieceStart = try PlainRows.pieceStarts(block, group)

        func column(_ source: inout PlainBytes) throws -> [UInt64] {
            var column = [UInt64](repeating: 0, count: n)
            for (row, value) in try source.sparse(rows: n, { try $0.varint() }) {
                guard value != 0 else { throw PlainError("a zero is listed for row \(row)") }
                column[row] = value
            }
            return column
        }
        let statusMessages = try column(&source)
        let traceStates = try column(&source)
        let droppedAttributes = try column(&source)
        let droppedEvents = try column(&source)
        let droppedLinks = try column(&source)
        let events = try PlainRows.partsOfRows(&source, n)
        let links = try PlainRows.partsOfRows(&source, n)

        let present = Set(shapeOfRow).sorted()
        let rowsOfShape = Dictionary(grouping: 0..<n) { shapeOfRow[$0] }
        var columns: [Int: [Column]] = [:]
        var names: [Int: [PlainValue]] = [:]
        for shape in present {
            let rows = rowsOfShape[shape] ?? []
            names[shape] = try shapes.shapes[shape].names.dataOfPartA(&source, rows.count, type: 1)
            columns[shape] = try zip(shapes.shapes[shape].columns, shapes.shapes[shape].fields).map { plan, field in
                var column = Column()
                switch plan.prediction {
                case .none: column.repeats = rows.map { _ in false }
                case .all: column.repeats = rows.map { _ in true }
                case .bitmap:
                    let bits = try source.take((rows.count + 7) / 8)
                    column.repeats = rows.indices.map { bits[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
                }
                let count = column.repeats.count { !$0 }
                column.data = try plan.dataOfPartA(&source, count, type: field.type)
                return column
            }
        }
        guard source.isAtEnd else { throw PlainError("part A ends at \(source.position) of \(a.count)") }

        var bits = PlainBits(b)
        var spanIDs = [UInt64](repeating: 0, count: n)
        var startOffsets = spanIDs
        var durations = spanIDs
        var externalParents = spanIDs
        for shape in present {
            let plan = shapes.shapes[shape]
            let rows = rowsOfShape[shape] ?? []
            func read(_ plan: PlainNumberPlan, _ rows: [Int], into target: inout [UInt64]) throws {
                for (row, value) in zip(rows, try bits.values(plan, rows.count)) { target[row] = value }
            }
            func isAfterParent(_ row: Int) -> Bool { parents[row] >= 2 && parents[row] % 2 == 0 }
            try read(plan.spanID, rows, into: &spanIDs)
            try read(plan.startAfterParent, rows.filter(isAfterParent), into: &startOffsets)
            try read(plan.startAfterFirst, rows.filter { !isAfterParent($0) }, into: &startOffsets)
            try read(plan.duration, rows, into: &durations)
            try read(plan.externalParent, rows.filter { parents[$0] == 1 }, into: &externalParents)
            if names[shape] == nil { names[shape] = try plan.names.dataOfPartB(&bits, rows.count, type: 1) }
            for index in plan.columns.indices {
                guard var column = columns[shape]?[index] else { throw PlainError("no column") }
                let count = column.repeats.count { !$0 }
                if column.data == nil {
                    column.data = try plan.columns[index].dataOfPartB(&bits, count, type: plan.fields[index].type)
                }
                columns[shape]?[index] = column
            }
        }
        let used = (bits.position + 7) / 8
        let rest = try bits.take(used * 8 - bits.position)
        guard rest == 0, Array(b[used...]) == [UInt8](repeating: 0, count: 8) else {
            throw PlainError("part B ends at \(used) of \(b.count)")
        }

        // Rows in order, since each may need one before it.
        var seen: [Key: PlainValue] = [:]
        var placeInShape: [Int: Int] = [:]
        for row in 0..<n {
            if pieceStart[row] == row { seen = [:] }
            let shape = shapes.shapes[shapeOfRow[row]]
            let place = placeInShape[shapeOfRow[row], default: 0]
            placeInShape[shapeOfRow[row]] = place + 1

            var start = group.summary.earliestStart &+ startOffsets[row]
            var parentID: UInt64 = 0
            switch parents[row] {
            case 0: break
            case 1: parentID = externalParents[row]
            case let code:
                let parent = code % 2 == 0 ? row - 1 - (code - 2) / 2 : row + (code - 3) / 2
                guard parent >= pieceStart[row], parent < n, pieceStart[parent] == pieceStart[row] else {
                    throw PlainError("row \(row) has the parent \(parent)")
                }
                parentID = spanIDs[parent]
                if parent < row { start = spans[parent].start &+ startOffsets[row] }
            }

            var attributes: [PlainAttribute] = []
            for (index, field) in shape.fields.enumerated() {
                guard let column = columns[shapeOfRow[row]]?[index] else { throw PlainError("no column") }
                let key = Key(key: field.key, type: field.type)
                let value: PlainValue
                if column.repeats[place] {
                    guard index < 64, let last = seen[key] else { throw PlainError("row \(row) repeats nothing") }
                    value = last
                } else {
                    guard let data = column.data, column.next < data.count else { throw PlainError("no value") }
                    value = data[column.next]
                    columns[shapeOfRow[row]]?[index].next += 1
                }
                seen[key] = value
                attributes.append(PlainAttribute(key: field.key, value: value))
            }

            guard case .string(let name)? = names[shapeOfRow[row]]?[place] else { throw PlainError("no name") }
            let trace = group.traces[try PlainRows.trace(of: block.firstRow + row, group)]
            spans.append(
                PlainSpan(
                    traceID: trace.id, spanID: spanIDs[row], parentID: parentID, start: start,
                    end: start &+ durations[row], name: name, kind: shape.kind, statusCode: shape.statusCode,
                    statusMessage: try strings[statusMessages[row]], traceState: try strings[traceStates[row]],
                    flags: shape.flags, attributes: attributes,
                    droppedAttributes: try PlainRows.narrow(droppedAttributes[row]),
                    events: try events[row].map { try PlainRows.events($0, start, shapes, strings) } ?? [],
                    droppedEvents: try PlainRows.narrow(droppedEvents[row]),
                    links: try links[row].map { try PlainRows.links($0, shapes, strings) } ?? [],
                    droppedLinks: try PlainRows.narrow(droppedLinks[row]), resource: shapes.resources[shape.resource],
                    scope: shapes.scopes[shape.scope]))
        }
    }

    private mutating func readBatches(_ source: inout PlainBytes, _ n: Int, _ group: PlainGroup) throws {
        let rule = try source.u8()
        guard rule <= 1 else { throw PlainError("rule \(rule) of batches") }
        var batch: Int64 = 0
        var listed: [Int: Int] = [:]
        for (row, difference) in try source.sparse(rows: n, { try $0.zigzag() }) {
            batch += difference
            guard group.batches.indices.contains(Int(batch)) else { throw PlainError("batch \(batch)") }
            listed[row] = Int(batch)
        }
        var last: Int?
        var lastOfResource: [Int: Int] = [:]
        for row in 0..<n {
            let resource = group.shapes.shapes[shapeOfRow[row]].resource
            guard let batch = listed[row] ?? (rule == 0 ? last : lastOfResource[resource]) else {
                throw PlainError("row \(row) has no batch")
            }
            last = batch
            lastOfResource[resource] = batch
            batchOfRow.append(batch)
        }
    }

    /// For each row of the block the first row of its piece.
    private static func pieceStarts(_ block: PlainBlock, _ group: PlainGroup) throws -> [Int] {
        try (0..<block.rows).map { row in
            let trace = group.traces[try trace(of: block.firstRow + row, group)]
            return max(0, trace.rows.lowerBound - block.firstRow)
        }
    }

    private static func trace(of row: Int, _ group: PlainGroup) throws -> Int {
        var low = 0
        var high = group.traces.count
        while low < high {
            let middle = (low + high) / 2
            if group.traces[middle].rows.upperBound <= row { low = middle + 1 } else { high = middle }
        }
        guard low < group.traces.count else { throw PlainError("row \(row) has no trace") }
        return low
    }

    /// Of the rows that have events, or links, the bytes that hold them: first the rows and sizes, then all the bytes.
    private static func partsOfRows(_ source: inout PlainBytes, _ rows: Int) throws -> [Int: [UInt8]] {
        let sizes = try source.sparse(rows: rows) { try $0.count() }
        return try sizes.reduce(into: [:]) { parts, size in parts[size.row] = try source.take(size.value) }
    }

    private static func narrow(_ value: UInt64) throws -> UInt32 {
        guard let narrow = UInt32(exactly: value) else { throw PlainError("\(value) things dropped") }
        return narrow
    }

    private static func events(
        _ part: [UInt8], _ start: UInt64, _ shapes: PlainShapes, _ strings: PlainStrings
    ) throws -> [PlainEvent] {
        var source = PlainBytes(part)
        var events: [PlainEvent] = []
        for _ in 0..<(try source.count()) {
            let time = start &+ UInt64(bitPattern: try source.zigzag())
            let name = try strings[try source.varint()]
            let dropped = try source.u32Varint()
            events.append(
                PlainEvent(
                    time: time, name: name, attributes: try shapes.list(&source, strings), dropped: dropped))
        }
        guard source.isAtEnd else { throw PlainError("events end at \(source.position) of \(part.count)") }
        return events
    }

    private static func links(
        _ part: [UInt8], _ shapes: PlainShapes, _ strings: PlainStrings
    ) throws -> [PlainLink] {
        var source = PlainBytes(part)
        var links: [PlainLink] = []
        for _ in 0..<(try source.count()) {
            let traceID = try source.take(16)
            let spanID = try source.id()
            let state = try strings[try source.varint()]
            let flags = try source.u32Varint()
            let dropped = try source.u32Varint()
            links.append(
                PlainLink(
                    traceID: traceID, spanID: spanID, traceState: state,
                    attributes: try shapes.list(&source, strings), dropped: dropped, flags: flags))
        }
        guard source.isAtEnd else { throw PlainError("links end at \(source.position) of \(part.count)") }
        return links
    }
}

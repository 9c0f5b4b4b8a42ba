import Telemetry

extension BatchDecoder {
    /// The shape of every row, and with it name, kind, status code, flags, resource, scope and where its values go.
    mutating func readShapesOfRows(
        _ cursor: inout ByteCursor, _ count: Int, into batch: inout SpanBatch
    ) throws(WireError) {
        BatchEncoder.fill(&groupOfRow, count, 0)
        BatchEncoder.fill(&groupOfShape, shapes.count, UInt32.max)
        groups.removeAll(keepingCapacity: true)
        resolved.removeAll(keepingCapacity: true)
        var values = 0
        for row in 0..<count {
            let number = try cursor.varint("span shape")
            guard number < UInt64(shapes.count) else {
                throw cursor.failure(
                    "span shape", "one of \(shapes.count) shapes, not number \(number)", code: .danglingReference)
            }
            let index = Int(number)
            var group = groupOfShape[index]
            if group == .max {
                group = UInt32(groups.count)
                try addGroup(index, &batch, cursor)
            }
            groupOfRow[row] = group
            groups[Int(group)].count &+= 1
            values &+= Int(resolved[Int(group)].values)
            guard values <= limits.maximumValuesPerBatch else {
                throw cursor.failure(
                    "span shape", "at most \(limits.maximumValuesPerBatch) attribute values a batch",
                    code: .limitExceeded)
            }
        }
        // Filled column by column below; resources and scopes append behind.
        rowValues = values
        fillShapeColumns(count, into: &batch)
        orderRows(batch.attributes)
    }

    private mutating func addGroup(
        _ index: Int, _ batch: inout SpanBatch, _ cursor: borrowing ByteCursor
    ) throws(WireError) {
        let shape = shapes[index]
        let layout = try batchShape(shape.layout, &batch, cursor)
        let name = try reference(UInt64(shape.name) << 1, &batch, cursor, "span name")
        let resource = try batchResource(shape.resource, &batch, cursor)
        let scope = try batchScope(shape.scope, &batch, cursor)
        groupOfShape[index] = UInt32(groups.count)
        groups.append(BatchEncoder.Group(shape: UInt32(index), count: 0, start: 0))
        resolved.append(
            ResolvedShape(
                name: name, kind: shape.kind, statusCode: shape.statusCode, flags: shape.flags, resource: resource,
                scope: scope, layout: layout, values: UInt32(shapeStart[index + 1] - shapeStart[index])))
    }

    private func fillShapeColumns(_ count: Int, into batch: inout SpanBatch) {
        batch.name = shapeColumn(count) { $0.name }
        batch.kind = shapeColumn(count) { $0.kind }
        batch.statusCode = shapeColumn(count) { $0.statusCode }
        batch.flags = shapeColumn(count) { $0.flags }
        batch.resource = shapeColumn(count) { $0.resource }
        batch.scope = shapeColumn(count) { $0.scope }
        var start: UInt32 = 0
        batch.attributes = shapeColumn(count) { shape in
            defer { start &+= shape.values }
            return shape.layout == 0 ? .empty : AttributeList(shape: shape.layout, start: start)
        }
    }

    /// A column, in memory of just its size, that follows from the shapes of the rows.
    @inline(__always)
    private func shapeColumn<Element>(_ count: Int, _ element: (ResolvedShape) -> Element) -> [Element] {
        groupOfRow.withUnsafeBufferPointer { groups in
            resolved.withUnsafeBufferPointer { resolved in
                BatchDecoder.column(count) { element(resolved[Int(groups[$0])]) }
            }
        }
    }

    @inline(__always)
    static func column<Element>(_ count: Int, _ element: (Int) -> Element) -> [Element] {
        [Element](unsafeUninitializedCapacity: count) { target, initialized in
            for row in 0..<count { target.initializeElement(at: row, to: element(row)) }
            initialized = count
        }
    }

    private mutating func orderRows(_ lists: [AttributeList]) {
        var start = 0
        for index in groups.indices {
            groups[index].start = start
            start += groups[index].count
        }
        BatchEncoder.fill(&valueStarts, lists.count, 0)
        for row in lists.indices {
            let group = Int(groupOfRow[row])
            valueStarts[groups[group].start] = lists[row].start
            groups[group].start &+= 1
        }
        for index in groups.indices { groups[index].start &-= groups[index].count }
    }

    /// Traces, span ids and parents.
    mutating func readIdentity(
        _ cursor: inout ByteCursor, _ count: Int, into batch: inout SpanBatch
    ) throws(WireError) {
        try readTraces(&cursor, count)
        batch.traceID = traceOfRow.withUnsafeBufferPointer { rows in
            traces.withUnsafeBufferPointer { traces in BatchDecoder.column(count) { traces[Int(rows[$0])] } }
        }
        try BatchDecoder.readIDs(&cursor, count, lanes: &spanLanes, into: &column)
        batch.spanID = column.withUnsafeBufferPointer { ids in BatchDecoder.column(count) { SpanID(ids[$0]) } }
        var elsewhere: [Int] = []
        batch.parentSpanID.reserveCapacity(count)
        for row in 0..<count {
            let code = try cursor.varint("parent")
            if code < 2 {
                if code == 1 { elsewhere.append(row) }
                batch.parentSpanID.append(.none)
                continue
            }
            let distance = ZigZag.decode(code - 2)
            let (parent, overflow) = Int64(row).subtractingReportingOverflow(distance)
            guard !overflow, parent >= 0, parent < Int64(count) else {
                throw cursor.failure("parent", "a row of the batch's \(count)", code: .danglingReference)
            }
            batch.parentSpanID.append(batch.spanID[Int(parent)])
        }
        try BatchDecoder.readIDs(&cursor, elsewhere.count, lanes: &parentLanes, into: &column)
        for (index, row) in elsewhere.enumerated() { batch.parentSpanID[row] = SpanID(column[index]) }
    }

    private mutating func readTraces(_ cursor: inout ByteCursor, _ count: Int) throws(WireError) {
        let runs = try cursor.count("trace runs", limit: count)
        BatchEncoder.fill(&traceOfRow, count, 0)
        var distinct = 0
        var row = 0
        for _ in 0..<runs {
            let back = try cursor.varint("trace")
            if back == 0 { distinct += 1 }
            guard back <= UInt64(distinct) else {
                throw cursor.failure("trace", "one of \(distinct) traces", code: .danglingReference)
            }
            let index = back == 0 ? distinct - 1 : distinct - Int(back)
            let length = try cursor.count("trace run", limit: count - row)
            guard length > 0 else { throw cursor.failure("trace run", "one row or more") }
            for member in row..<row + length { traceOfRow[member] = UInt32(index) }
            row += length
        }
        guard row == count else { throw cursor.failure("trace runs", "\(count) rows together, not \(row)") }
        traces.removeAll(keepingCapacity: true)
        for _ in 0..<distinct {
            let high = UInt64(bigEndian: try cursor.littleEndian(UInt64.self, "trace id").littleEndian)
            let low = UInt64(bigEndian: try cursor.littleEndian(UInt64.self, "trace id").littleEndian)
            traces.append(TraceID(high: high, low: low))
        }
    }

    private static func readIDs(
        _ cursor: inout ByteCursor, _ count: Int, lanes: inout IDLanes, into output: inout [UInt64]
    ) throws(WireError) {
        output.removeAll(keepingCapacity: true)
        let mode = try cursor.byte("id mode")
        switch mode {
        case IDLanes.raw:
            let bytes = try cursor.take(count * 8, "ids")
            output.reserveCapacity(count)
            for index in 0..<count {
                output.append(UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
            }
        case IDLanes.lanes:
            for _ in 0..<count {
                let code = try cursor.varint("id")
                if code == 0 {
                    let id = UInt64(bigEndian: try cursor.littleEndian(UInt64.self, "id").littleEndian)
                    lanes.last[IDLanes.lane(id)] = id
                    output.append(id)
                    continue
                }
                guard code & 1 == 1 else { throw cursor.failure("id", "0 or an odd number") }
                let lane = Int(code >> 1 & 15)
                let id = lanes.last[lane] &+ UInt64(bitPattern: ZigZag.decode(code >> 5))
                lanes.last[lane] = id
                output.append(id)
            }
        default: throw cursor.failure("id mode", "0 or 1, not \(mode)")
        }
    }

    mutating func readTimes(_ cursor: inout ByteCursor, _ count: Int, into batch: inout SpanBatch) throws(WireError) {
        let startUnit = try unit(&cursor)
        let durationUnit = try unit(&cursor)
        BatchEncoder.fill(&column, traces.count, 0)
        batch.startNanoseconds.reserveCapacity(count)
        batch.endNanoseconds.reserveCapacity(count)
        var previous = previousStart
        if startUnit != 1 { previous -= previous % 1_000 }
        for row in 0..<count {
            let delta = try cursor.zigzag("start time")
            let trace = Int(traceOfRow[row])
            let reference = column[trace] != 0 ? column[trace] : previous
            let start = reference &+ UInt64(bitPattern: delta &* startUnit)
            batch.startNanoseconds.append(start)
            column[trace] = start
            previous = start
        }
        previousStart = previous
        for row in 0..<count {
            let duration = try cursor.zigzag("duration")
            batch.endNanoseconds.append(
                batch.startNanoseconds[row] &+ UInt64(bitPattern: duration &* durationUnit))
        }
    }

    private func unit(_ cursor: inout ByteCursor) throws(WireError) -> Int64 {
        let code = try cursor.byte("time unit")
        guard code <= 1 else { throw cursor.failure("time unit", "0 or 1, not \(code)") }
        return code == 0 ? 1 : 1_000
    }
}

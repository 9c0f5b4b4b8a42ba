import Telemetry

extension BatchEncoder {
    /// Finds or defines the shape of every row.
    mutating func assignShapes(_ batch: borrowing SpanBatch) {
        BatchEncoder.fill(&shapeOfRow, batch.count, 0)
        for row in 0..<batch.count {
            let resource = resource(batch.resource[row], batch)
            let scope = scope(batch.scope[row], batch)
            let layout = layout(batch.attributes[row].shape, batch)
            let name = UInt32(truncatingIfNeeded: lasting(batch.name[row], batch))
            var shape = WireShape(
                resource: resource, scope: scope, name: name, kind: batch.kind[row], statusCode: batch.statusCode[row],
                flags: batch.flags[row], layout: layout)
            let number = withUnsafeBytes(of: &shape) { bytes -> UInt32 in
                let hash = ByteHash.hash(bytes)
                let known = shapes.find(bytes, hash: hash)
                return known != 0 ? known : shapes.add(bytes, hash: hash)
            }
            if Int(number) > shapeLayout.count { define(shape) }
            shapeOfRow[row] = number - 1
        }
    }

    private mutating func define(_ shape: WireShape) {
        newShapeCount += 1
        newShapes.varint(UInt64(shape.resource))
        newShapes.varint(UInt64(shape.scope))
        newShapes.varint(UInt64(shape.name))
        newShapes.zigzag(Int64(shape.kind))
        newShapes.zigzag(Int64(shape.statusCode))
        newShapes.varint(UInt64(shape.flags))
        newShapes.varint(UInt64(shape.layout))
        let columns = layoutStart[Int(shape.layout) + 1] - layoutStart[Int(shape.layout)]
        lastValue.append(contentsOf: repeatElement(0, count: columns))
        lastMode.append(contentsOf: repeatElement(ColumnMode.same, count: columns))
        shapeStart.append(lastValue.count)
        shapeLayout.append(shape.layout)
    }

    /// Rows by shape, shapes in the order of their first rows: `groups`, `rowOrder`.
    mutating func groupRows(_ count: Int) {
        BatchEncoder.fill(&groupOfShape, shapeLayout.count, UInt32.max)
        groups.removeAll(keepingCapacity: true)
        for row in 0..<count {
            let shape = shapeOfRow[row]
            let group = groupOfShape[Int(shape)]
            if group == .max {
                groupOfShape[Int(shape)] = UInt32(groups.count)
                groups.append(Group(shape: shape, count: 1, start: 0))
            } else {
                groups[Int(group)].count &+= 1
            }
        }
        var start = 0
        for index in groups.indices {
            groups[index].start = start
            start += groups[index].count
        }
        BatchEncoder.fill(&rowOrder, count, 0)
        for row in 0..<count {
            let group = Int(groupOfShape[Int(shapeOfRow[row])])
            rowOrder[groups[group].start] = UInt32(row)
            groups[group].start &+= 1
        }
        for index in groups.indices { groups[index].start &-= groups[index].count }
    }

    /// Row count, shapes, traces, span ids, parents, start times and durations.
    mutating func encodeRows(_ batch: borrowing SpanBatch) {
        rows.varint(batch.count)
        for shape in shapeOfRow { rows.varint(UInt64(shape)) }
        let traces = encodeTraces(batch)
        batch.spanID.withUnsafeBufferPointer { ids in
            BatchEncoder.writeIDs(ids.count, lanes: &spanLanes, into: &rows) { ids[$0].rawValue }
        }
        encodeParents(batch)
        encodeTimes(batch, traces: traces)
    }

    /// Runs of rows of one trace: a reference (0: new; else how many distinct traces back) and a length; then the new
    /// ids. Returns how many traces there are.
    private mutating func encodeTraces(_ batch: borrowing SpanBatch) -> Int {
        let count = batch.count
        BatchEncoder.fill(&traceOfRow, count, 0)
        scratch.removeAll()
        columnData.removeAll()
        // Direct-mapped: a trace that was pushed out is sent again, which costs bytes and nothing else.
        var cache = (0..<256).map { _ in UInt32.max }
        var known: [TraceID] = []
        var runs = 0
        var row = 0
        while row < count {
            let id = batch.traceID[row]
            let slot = Int(truncatingIfNeeded: id.low &+ id.high) & 255
            var end = row + 1
            while end < count, batch.traceID[end] == id { end &+= 1 }
            var index = cache[slot]
            if index != .max, known[Int(index)] == id {
                columnData.varint(known.count - Int(index))
            } else {
                index = UInt32(known.count)
                known.append(id)
                cache[slot] = index
                columnData.byte(0)
                scratch.littleEndian(id.high.bigEndian)
                scratch.littleEndian(id.low.bigEndian)
            }
            columnData.varint(end - row)
            runs += 1
            for member in row..<end { traceOfRow[member] = index }
            row = end
        }
        rows.varint(runs)
        rows.append(columnData)
        rows.append(scratch)
        return known.count
    }

    /// A column of ids: raw, or by lane when most continue one.
    private static func writeIDs(
        _ count: Int, lanes: inout IDLanes, into output: inout ByteSink, _ id: (Int) -> UInt64
    ) {
        var hits = 0
        lanes.last.withUnsafeMutableBufferPointer { last in
            for index in 0..<count {
                let value = id(index)
                // Ids that continue one another within this batch count as well.
                if last[IDLanes.lane(value)] >> 40 == value >> 40 || (index > 0 && id(index - 1) >> 40 == value >> 40) {
                    hits &+= 1
                }
            }
            guard hits * 4 > count else {
                output.byte(IDLanes.raw)
                for index in 0..<count { output.littleEndian(id(index).bigEndian) }
                return
            }
            output.byte(IDLanes.lanes)
            for index in 0..<count {
                let value = id(index)
                let lane = IDLanes.lane(value)
                let delta = ZigZag.encode(Int64(bitPattern: value &- last[lane]))
                if last[lane] >> 40 == value >> 40 {
                    // Same upper 24 bits: the difference fits in 41.
                    output.varint(delta << 5 | UInt64(lane) << 1 | 1)
                } else {
                    output.byte(0)
                    output.littleEndian(value.bigEndian)
                }
                last[lane] = value
            }
        }
    }

    /// Per row: 0 for no parent, 1 for a parent elsewhere (its id follows below), else the distance to the parent's
    /// row, zigzag, plus 2.
    private mutating func encodeParents(_ batch: borrowing SpanBatch) {
        let count = batch.count
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        BatchEncoder.fill(&parentSlots, capacity, 0)
        let mask = capacity - 1
        batch.spanID.withUnsafeBufferPointer { ids in
            for row in 0..<count {
                var slot = BatchEncoder.slot(ids[row], mask)
                while parentSlots[slot] != 0, ids[Int(parentSlots[slot]) - 1] != ids[row] { slot = (slot &+ 1) & mask }
                if parentSlots[slot] == 0 { parentSlots[slot] = UInt32(row + 1) }
            }
            scratch.removeAll()
            column.removeAll(keepingCapacity: true)
            for row in 0..<count {
                let parent = batch.parentSpanID[row]
                guard parent.isValid else {
                    scratch.byte(0)
                    continue
                }
                var slot = BatchEncoder.slot(parent, mask)
                while parentSlots[slot] != 0, ids[Int(parentSlots[slot]) - 1] != parent { slot = (slot &+ 1) & mask }
                if parentSlots[slot] == 0 {
                    scratch.byte(1)
                    column.append(parent.rawValue)
                } else {
                    scratch.varint(ZigZag.encode(Int64(row - Int(parentSlots[slot]) + 1)) + 2)
                }
            }
        }
        rows.append(scratch)
        column.withUnsafeBufferPointer { ids in
            BatchEncoder.writeIDs(ids.count, lanes: &parentLanes, into: &rows) { ids[$0] }
        }
    }

    @inline(__always)
    private static func slot(_ id: SpanID, _ mask: Int) -> Int {
        Int(truncatingIfNeeded: (id.rawValue &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    /// A unit for each of the two columns (0: nanoseconds, 1: microseconds), then start times, each against the one
    /// before it in its trace or, for a trace's first, in the batch; then durations.
    private mutating func encodeTimes(_ batch: borrowing SpanBatch, traces: Int) {
        let count = batch.count
        BatchEncoder.fill(&column, traces, 0)
        columnData.removeAll()
        var startUnit: UInt64 = 1_000
        var durationUnit: UInt64 = 1_000
        var previous = previousStart
        if previous > UInt64(Int64.max) { startUnit = 1 }
        for row in 0..<count {
            let start = batch.startNanoseconds[row]
            // Differences of times beyond 2^63 wrap, and a wrapped one is no whole number of microseconds.
            if startUnit != 1, start % 1_000 != 0 || start > UInt64(Int64.max) { startUnit = 1 }
            if durationUnit != 1, Int64(bitPattern: batch.endNanoseconds[row] &- start) % 1_000 != 0 {
                durationUnit = 1
            }
        }
        // A reference time from an earlier batch may not be a whole number of microseconds.
        if startUnit != 1 { previous -= previous % 1_000 }
        rows.byte(startUnit == 1 ? 0 : 1)
        rows.byte(durationUnit == 1 ? 0 : 1)
        for row in 0..<count {
            let start = batch.startNanoseconds[row]
            let trace = Int(traceOfRow[row])
            let reference = column[trace] != 0 ? column[trace] : previous
            let delta = Int64(bitPattern: start &- reference)
            rows.zigzag(startUnit == 1 ? delta : delta / 1_000)
            let duration = Int64(bitPattern: batch.endNanoseconds[row] &- start)
            columnData.zigzag(durationUnit == 1 ? duration : duration / 1_000)
            column[trace] = start
            previous = start
        }
        previousStart = previous
        rows.append(columnData)
    }
}

import Telemetry

/// The columns of one shape over the whole segment: how each is stored, and what is left to write of it.
struct ShapeColumns {
    /// One column: its plan, and where its codes lie.
    struct Column<Plan> {
        var plan: Plan
        /// The next code to write.
        var cursor: Int
    }

    /// The numbers that every span has, in this order.
    enum Number: Int, CaseIterable {
        case spanID
        /// Start after the parent's, for rows whose parent is an earlier row of the piece.
        case startAfterParent
        /// Start after the segment's earliest, for the others.
        case startAfterFirst
        /// End after start; negative where a clock ran backwards.
        case duration
        /// Parent ids that are not a row of the piece.
        case externalParent
    }

    var name = Column(plan: ColumnPlan(), cursor: 0)
    var numbers: [Column<NumberPlan>] = []
    var attributes: [Column<ColumnPlan>] = []
    /// The shape's rows, as indices of arrival in row order: a range of `ColumnSet.rows`.
    var rows: Range<Int>
    /// The next row to write.
    var cursor: Int
}

/// The columns of all shapes of a segment.
struct ColumnSet {
    private(set) var shapes: [ShapeColumns] = []
    let rows: GrowingBuffer<UInt32>
    let codes: GrowingBuffer<UInt64>

    /// When the first and the last span of each shape starts.
    private(set) var times: [SegmentCatalog.Times]

    init(
        _ segment: SegmentRows, _ tables: SegmentTables, _ order: SegmentOrder, _ relations: RowRelations,
        _ values: ValueCollector, names: GrowingBuffer<UInt32>?
    ) {
        let count = order.order.count
        var ends = [Int](repeating: 0, count: tables.shapes.count)
        times = [SegmentCatalog.Times](
            repeating: SegmentCatalog.Times(earliest: .max, latest: 0), count: tables.shapes.count)
        for row in 0..<count {
            let source = segment.rows.base + Int(order.order[row])
            let shape = Int(source.pointee.shape)
            ends[shape] += 1
            times[shape].earliest = min(times[shape].earliest, source.pointee.start)
            times[shape].latest = max(times[shape].latest, source.pointee.start)
        }
        var next = 0
        for shape in ends.indices {
            shapes.append(ShapeColumns(rows: next..<next + ends[shape], cursor: next))
            next += ends[shape]
        }
        rows = GrowingBuffer(repeating: 0, count: count)
        // What all columns can need at most, so that nothing is ever copied; what is not used is never touched.
        codes = GrowingBuffer(capacity: segment.values.count + count * (ShapeColumns.Number.allCases.count + 1))
        for row in 0..<count {
            let index = order.order[row]
            let shape = Int(segment.rows[Int(index)].shape)
            rows[shapes[shape].cursor] = index
            shapes[shape].cursor += 1
        }
        var planner = ColumnPlanner(tables, blockCount: order.blocks.count)
        let scratch = ColumnScratch()
        for shape in shapes.indices {
            shapes[shape].cursor = shapes[shape].rows.lowerBound
            planNames(shape, tables, names, scratch, &planner)
            planNumbers(shape, segment, relations, scratch, blocks: order.blocks.count)
            planAttributes(shape, segment, tables, relations, scratch, &planner, values)
        }
    }

    /// The names of the shape's rows: one, or, of a folded shape, those of `names` by index of arrival.
    private mutating func planNames(
        _ shape: Int, _ tables: SegmentTables, _ names: GrowingBuffer<UInt32>?, _ scratch: ColumnScratch,
        _ planner: inout ColumnPlanner
    ) {
        let name = tables.shapes[shape].name
        guard name == SegmentTables.Shape.manyNames, let names else {
            shapes[shape].name.plan.constant = UInt64(name)
            return
        }
        scratch.names.removeAll()
        for place in shapes[shape].rows { scratch.names.append(UInt64(names[Int(rows[place])])) }
        scratch.markNoneRepeated(scratch.names.count)
        shapes[shape].name.cursor = codes.count
        shapes[shape].name.plan = planner.plan(
            type: .string, values: UnsafeBufferPointer(start: scratch.names.base, count: scratch.names.count),
            repeated: UnsafeBufferPointer(start: scratch.repeated.base, count: scratch.names.count), repeatedCount: 0,
            codes: codes)
    }

    private mutating func planNumbers(
        _ shape: Int, _ segment: SegmentRows, _ relations: RowRelations, _ scratch: ColumnScratch, blocks: Int
    ) {
        scratch.gatherNumbers(segment, relations, rows: rows.base, shapes[shape].rows)
        for values in scratch.numbers {
            let values = UnsafeBufferPointer(start: values.base, count: values.count)
            let plan = NumberPlan.choose(for: values, blocks: blocks, scratch: scratch.differences).plan
            shapes[shape].numbers.append(ShapeColumns.Column(plan: plan, cursor: codes.count))
            codes.append(contentsOf: values)
        }
    }

    private mutating func planAttributes(
        _ shape: Int, _ segment: SegmentRows, _ tables: SegmentTables, _ relations: RowRelations,
        _ scratch: ColumnScratch, _ planner: inout ColumnPlanner, _ collector: ValueCollector
    ) {
        let fields = tables.layouts.range(tables.shapes[shape].layout)
        if fields.isEmpty { return }
        let count = shapes[shape].rows.count
        scratch.transpose(segment, relations, rows: rows.base + shapes[shape].rows.lowerBound, count, fields.count)
        for (offset, field) in fields.enumerated() {
            let repeated = scratch.markRepeated(offset, count)
            let cursor = codes.count
            let values = UnsafeBufferPointer(start: scratch.matrix.base + offset * count, count: count)
            let marks = UnsafeBufferPointer(start: scratch.repeated.base, count: count)
            let type = tables.layouts.fields[field].type
            let plan = planner.plan(
                type: type, values: values, repeated: marks, repeatedCount: repeated, codes: codes)
            let slot = collector.slot(of: field, in: .span, times[shape])
            switch plan.encoding {
            case _ where plan.prediction == .all: break
            case .constant: collector.add(plan.constant, to: slot, times[shape])
            case .dictionary, .dictionaryPlanes:
                for value in plan.dictionary { collector.add(value, to: slot, times[shape]) }
            case .number, .scaled: collector.add(values, except: marks, to: slot, times[shape])
            case .uuid, .hex, .decimal, .text, .symbols:
                for value in planner.distinctStrings { collector.add(value, to: slot, times[shape]) }
            }
            if repeated > 0 { collector.markPredicted(slot) }
            shapes[shape].attributes.append(ShapeColumns.Column(plan: plan, cursor: cursor))
        }
    }

    /// Takes the next `count` codes of a number column of `shape`.
    mutating func take(_ number: ShapeColumns.Number, of shape: Int, count: Int) -> UnsafeBufferPointer<UInt64> {
        let cursor = shapes[shape].numbers[number.rawValue].cursor
        shapes[shape].numbers[number.rawValue].cursor += count
        return UnsafeBufferPointer(start: codes.base + cursor, count: count)
    }

    /// Takes the next `count` codes of the names of `shape`.
    mutating func takeNames(of shape: Int, count: Int) -> UnsafeBufferPointer<UInt64> {
        let cursor = shapes[shape].name.cursor
        shapes[shape].name.cursor += count
        return UnsafeBufferPointer(start: codes.base + cursor, count: count)
    }

    /// Takes the next `count` codes of an attribute column of `shape`.
    mutating func take(attribute: Int, of shape: Int, count: Int) -> UnsafeBufferPointer<UInt64> {
        let cursor = shapes[shape].attributes[attribute].cursor
        shapes[shape].attributes[attribute].cursor += count
        return UnsafeBufferPointer(start: codes.base + cursor, count: count)
    }

    /// Takes the next `count` rows of `shape`, as indices of arrival.
    mutating func takeRows(of shape: Int, count: Int) -> UnsafeBufferPointer<UInt32> {
        let cursor = shapes[shape].cursor
        shapes[shape].cursor += count
        return UnsafeBufferPointer(start: rows.base + cursor, count: count)
    }
}

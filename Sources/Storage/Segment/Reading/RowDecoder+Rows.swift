import Telemetry

/// Few rows of a block: each value is looked up where it lies.
extension RowDecoder {
    /// Appends the rows of one piece: `rows` counts from the block's first row.
    mutating func append(_ block: RowBlock, rows: Range<Int>, of trace: TraceID) throws(StoreError) {
        piece += 1
        var failure: StoreError?
        block.plain.withUnsafeBytes { plain in
            block.raw.withUnsafeBytes { raw in
                let data = BlockData(
                    plain: ByteSource(plain, path: path, what: "the rows block from row \(block.firstRow)"),
                    bits: BitSource(bytes: raw))
                do throws(StoreError) { try append(block, data, rows, trace) } catch { failure = error }
            }
        }
        if let failure { throw failure }
    }

    mutating func append(
        _ block: RowBlock, _ data: BlockData, _ rows: Range<Int>, _ trace: TraceID
    ) throws(StoreError) {
        let first = batch.count
        for row in rows {
            let number = block.shape[row]
            guard let columns = block.columns[number] else { throw data.damaged("no columns of shape \(number)") }
            let shape = dictionaries.shapes[Int(number)]
            var span = SpanRow()
            span.traceID = trace
            span.spanID = SpanID(columns.value(.spanID, Int(block.rank[row]), data.bits))
            let code = block.parentCode[row]
            switch code {
            case RowRelations.noParent: break
            case RowRelations.externalParent:
                span.parentSpanID = SpanID(columns.value(.externalParent, Int(block.externalRank[row]), data.bits))
            default:
                let distance = Int(code - 2) / 2
                let parent = code & 1 == 0 ? row - distance - 1 : row + distance
                guard rows.contains(parent), let parents = block.columns[block.shape[parent]] else {
                    throw data.damaged("a parent in row \(parent) outside of its trace")
                }
                span.parentSpanID = SpanID(parents.value(.spanID, Int(block.rank[parent]), data.bits))
            }
            if code >= 2, code & 1 == 0 {
                let parent = first + row - rows.lowerBound - Int(code - 2) / 2 - 1
                span.startNanoseconds =
                    batch.startNanoseconds[parent]
                    &+ columns.value(.startAfterParent, Int(block.startRank[row]), data.bits)
            } else {
                span.startNanoseconds =
                    firstStart &+ columns.value(.startAfterFirst, Int(block.startRank[row]), data.bits)
            }
            span.endNanoseconds =
                span.startNanoseconds &+ columns.value(.duration, Int(block.rank[row]), data.bits)
            span.name = try name(shape, columns, rank: Int(block.rank[row]), data)
            span.attributes = try attributes(shape, columns, rank: Int(block.rank[row]), data)
            try finish(&span, shape, block, row, data)
        }
    }

    /// Completes a row with what few have and with what its shape says, and appends it.
    mutating func finish(
        _ span: inout SpanRow, _ shape: SegmentDictionaries.Shape, _ block: RowBlock, _ row: Int, _ data: BlockData
    ) throws(StoreError) {
        span.kind = shape.kind
        span.statusCode = shape.statusCode
        span.flags = shape.flags
        span.resource = try resource(shape.resource)
        span.scope = try scope(shape.scope)
        if block.hasRare {
            let index = UInt32(row)
            span.statusMessage = try string(block.sparse[0][index] ?? 0, data)
            span.traceState = try string(block.sparse[1][index] ?? 0, data)
            span.droppedAttributes = block.sparse[2][index] ?? 0
            span.droppedEvents = block.sparse[3][index] ?? 0
            span.droppedLinks = block.sparse[4][index] ?? 0
            if let range = block.events[index] {
                try appendEvents(data.plain.slice(range), start: span.startNanoseconds, data)
            }
            if let range = block.links[index] { try appendLinks(data.plain.slice(range), data) }
        }
        batch.append(row: span)
        provenanceOfRow.append(part(block.part[row]))
    }

    mutating func name(
        _ shape: SegmentDictionaries.Shape, _ columns: RowBlock.ShapeColumnsInBlock, rank: Int, _ data: BlockData
    ) throws(StoreError) -> StringRef {
        guard let plan = shape.names, let column = columns.names else { return try string(shape.name, data) }
        return StringRef(UInt32(truncatingIfNeeded: try value(plan, .string, column, rank, data)))
    }

    mutating func attributes(
        _ shape: SegmentDictionaries.Shape, _ columns: RowBlock.ShapeColumnsInBlock, rank: Int, _ data: BlockData
    ) throws(StoreError) -> AttributeList {
        if shape.layout == 0 { return .empty }
        let list = AttributeList(shape: try layout(shape.layout, data), start: UInt32(batch.values.count))
        for (index, field) in dictionaries.layouts[Int(shape.layout)].enumerated() {
            let plan = shape.attributes[index]
            let column = columns.attributes[index]
            let payload: UInt64
            if let position = column.position(of: rank, plan, data) {
                payload = try value(plan, field.type, column, position, data)
            } else {
                guard lastPiece[field.slot] == piece else { throw data.damaged("a value that repeats none") }
                payload = last[field.slot]
            }
            last[field.slot] = payload
            lastPiece[field.slot] = piece
            batch.values.append(payload)
        }
        return list
    }

    mutating func value(
        _ plan: ColumnPlan, _ type: ValueType, _ column: RowBlock.AttributeColumn, _ position: Int, _ data: BlockData
    ) throws(StoreError) -> UInt64 {
        let stored: UInt64
        switch plan.encoding {
        case .constant: stored = plan.constant
        case .dictionary, .dictionaryPlanes:
            let index = data.dictionaryIndex(plan, column, position)
            guard index < plan.dictionary.count else { throw data.damaged("entry \(index) of a column's dictionary") }
            stored = plan.dictionary[index]
        case .number: return data.number(plan, column, position)
        case .scaled:
            let whole = Int64(bitPattern: data.number(plan, column, position))
            return (Double(whole) / ColumnPlan.powersOfTen[Int(plan.size)]).bitPattern
        case .uuid, .hex, .decimal, .text, .symbols:
            let text = try data.text(plan, column, position)
            return UInt64(batch.strings.intern(text).rawValue)
        }
        return type.isReference ? UInt64(try string(UInt32(truncatingIfNeeded: stored), data).rawValue) : stored
    }
}

import Telemetry

/// Many rows of a block: its columns were decoded as a whole.
extension RowDecoder {
    /// Appends the rows of one piece from columns that are decoded.
    mutating func append(_ columns: BlockColumns, rows: Range<Int>, of trace: TraceID) throws(StoreError) {
        piece += 1
        var failure: StoreError?
        columns.block.withData(path: path) { data in
            do throws(StoreError) { try append(columns, data, rows, trace) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    mutating func append(
        _ columns: BlockColumns, _ data: BlockData, _ rows: Range<Int>, _ trace: TraceID
    ) throws(StoreError) {
        let block = columns.block
        for row in rows {
            let shape = dictionaries.shapes[Int(block.shape[row])]
            var span = SpanRow()
            span.traceID = trace
            span.spanID = SpanID(columns.spanIDs[row])
            let code = block.parentCode[row]
            switch code {
            case RowRelations.noParent: break
            case RowRelations.externalParent: span.parentSpanID = SpanID(columns.externalParents[row])
            default:
                let distance = Int(code - 2) / 2
                let parent = code & 1 == 0 ? row - distance - 1 : row + distance
                guard rows.contains(parent) else {
                    throw data.damaged("a parent in row \(parent) outside of its trace")
                }
                span.parentSpanID = SpanID(columns.spanIDs[parent])
            }
            span.startNanoseconds = columns.starts[row]
            span.endNanoseconds = columns.starts[row] &+ columns.durations[row]
            let rank = Int(block.rank[row])
            let first = Int(columns.firstColumn[Int(block.shape[row])])
            span.name =
                shape.names == nil
                ? try string(shape.name, data)
                : StringRef(
                    UInt32(truncatingIfNeeded: try payload(columns, columns.columns[first], rank, true, data)))
            span.attributes = try attributes(shape, columns, firstColumn: first + 1, rank: rank, data)
            try finish(&span, shape, block, row, data)
        }
    }

    mutating func attributes(
        _ shape: SegmentDictionaries.Shape, _ columns: BlockColumns, firstColumn: Int, rank: Int, _ data: BlockData
    ) throws(StoreError) -> AttributeList {
        if shape.layout == 0 { return .empty }
        let list = AttributeList(shape: try layout(shape.layout, data), start: UInt32(batch.values.count))
        for (index, field) in dictionaries.layouts[Int(shape.layout)].enumerated() {
            let column = columns.columns[firstColumn + index]
            let payload: UInt64
            if columns.isRepeated[column.start + rank] {
                guard lastPiece[field.slot] == piece else { throw data.damaged("a value that repeats none") }
                payload = last[field.slot]
            } else {
                payload = try self.payload(columns, column, rank, field.type.isReference, data)
            }
            last[field.slot] = payload
            lastPiece[field.slot] = piece
            batch.values.append(payload)
        }
        return list
    }

    mutating func payload(
        _ columns: BlockColumns, _ column: BlockColumns.Column, _ rank: Int, _ isReference: Bool, _ data: BlockData
    ) throws(StoreError) -> UInt64 {
        let stored = columns.values[column.start + rank]
        if column.isText {
            return UInt64(columns.texts.withBytes(UInt32(stored)) { batch.strings.intern($0) }.rawValue)
        }
        return isReference ? UInt64(try string(UInt32(truncatingIfNeeded: stored), data).rawValue) : stored
    }
}

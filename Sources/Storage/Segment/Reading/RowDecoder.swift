import Telemetry

/// Turns rows of blocks into rows of a `SpanBatch`, and nothing else of the blocks.
struct RowDecoder {
    private let path: String
    private(set) var batch = SpanBatch()
    /// Where the rows came from: each of these once a group, and for each row which.
    private(set) var provenances: [Provenance] = []
    private(set) var provenanceOfRow: [UInt32] = []
    private var dictionaries: SegmentDictionaries
    private var firstStart: UInt64
    /// The group's numbers in the batch's numbers.
    private var parts: [UInt32: UInt32] = [:]
    private var resources: [UInt32: UInt32] = [:]
    private var scopes: [UInt32: UInt32] = [:]
    private var layouts: [UInt32: UInt32] = [:]
    /// By string number: the batch's reference and one, or 0 where it is not known yet.
    private var strings: [UInt32] = []
    /// By slot: the last value in the piece, as the batch has it.
    private var last: [UInt64]
    private var lastPiece: [Int]
    private var piece = 0

    init(_ dictionaries: SegmentDictionaries, firstStart: UInt64, path: String) {
        self.dictionaries = dictionaries
        self.firstStart = firstStart
        self.path = path
        strings = [UInt32](repeating: 0, count: dictionaries.strings.count)
        last = [UInt64](repeating: 0, count: dictionaries.slotCount)
        lastPiece = [Int](repeating: 0, count: dictionaries.slotCount)
    }

    /// Goes on with rows of another group.
    mutating func use(_ dictionaries: SegmentDictionaries, firstStart: UInt64) {
        self.dictionaries = dictionaries
        self.firstStart = firstStart
        parts.removeAll()
        resources.removeAll()
        scopes.removeAll()
        layouts.removeAll()
        strings = [UInt32](repeating: 0, count: dictionaries.strings.count)
        last = [UInt64](repeating: 0, count: dictionaries.slotCount)
        lastPiece = [Int](repeating: 0, count: dictionaries.slotCount)
    }

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

    private mutating func append(
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
    private mutating func finish(
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

    /// Appends the rows of one piece from columns that are decoded.
    mutating func append(_ columns: BlockColumns, rows: Range<Int>, of trace: TraceID) throws(StoreError) {
        piece += 1
        var failure: StoreError?
        columns.block.withData(path: path) { data in
            do throws(StoreError) { try append(columns, data, rows, trace) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private mutating func append(
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

    private mutating func attributes(
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

    private mutating func payload(
        _ columns: BlockColumns, _ column: BlockColumns.Column, _ rank: Int, _ isReference: Bool, _ data: BlockData
    ) throws(StoreError) -> UInt64 {
        let stored = columns.values[column.start + rank]
        if column.isText {
            return UInt64(columns.texts.withBytes(UInt32(stored)) { batch.strings.intern($0) }.rawValue)
        }
        return isReference ? UInt64(try string(UInt32(truncatingIfNeeded: stored), data).rawValue) : stored
    }

    private mutating func name(
        _ shape: SegmentDictionaries.Shape, _ columns: RowBlock.ShapeColumnsInBlock, rank: Int, _ data: BlockData
    ) throws(StoreError) -> StringRef {
        guard let plan = shape.names, let column = columns.names else { return try string(shape.name, data) }
        return StringRef(UInt32(truncatingIfNeeded: try value(plan, .string, column, rank, data)))
    }

    private mutating func part(_ number: UInt32) -> UInt32 {
        if let known = parts[number] { return known }
        provenances.append(dictionaries.parts[Int(number)])
        let index = UInt32(provenances.count - 1)
        parts[number] = index
        return index
    }

    private mutating func string(_ number: UInt32, _ data: BlockData) throws(StoreError) -> StringRef {
        if number == 0 { return .empty }
        guard number < UInt32(strings.count) else { throw data.damaged("string \(number)") }
        let known = strings[Int(number)]
        if known != 0 { return StringRef(known - 1) }
        let ref = dictionaries.strings.withBytes(number) { batch.strings.intern($0) }
        strings[Int(number)] = ref.rawValue + 1
        return ref
    }

    private mutating func layout(_ number: UInt32, _ data: BlockData) throws(StoreError) -> UInt32 {
        if let known = layouts[number] { return known }
        guard number < UInt32(dictionaries.layouts.count) else { throw data.damaged("layout \(number)") }
        var fields: [ShapeField] = []
        for field in dictionaries.layouts[Int(number)] {
            fields.append(ShapeField(key: try string(field.key, data), type: field.type))
        }
        let shape = batch.shapes.intern(fields)
        layouts[number] = shape
        return shape
    }

    private mutating func attributes(
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

    private mutating func value(
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

    private mutating func appendEvents(
        _ source: ByteSource, start: UInt64, _ data: BlockData
    ) throws(StoreError) {
        var source = source
        for _ in 0..<(try source.count("events", limit: source.remaining)) {
            let time = start &+ UInt64(bitPattern: try source.zigzag())
            let name = try string(try source.word32("name"), data)
            let dropped = try source.word32("dropped attributes")
            batch.events.append(
                EventRecord(
                    timeNanoseconds: time, name: name, attributes: try list(&source, data), droppedAttributes: dropped))
        }
        try source.expectEnd()
    }

    private mutating func appendLinks(_ source: ByteSource, _ data: BlockData) throws(StoreError) {
        var source = source
        for _ in 0..<(try source.count("links", limit: source.remaining)) {
            let trace = TraceID(high: try source.fixed64().byteSwapped, low: try source.fixed64().byteSwapped)
            let span = SpanID(try source.fixed64().byteSwapped)
            let state = try string(try source.word32("trace state"), data)
            let flags = try source.word32("flags")
            let dropped = try source.word32("dropped attributes")
            batch.links.append(
                LinkRecord(
                    traceID: trace, spanID: span, traceState: state, attributes: try list(&source, data),
                    droppedAttributes: dropped, flags: flags))
        }
        try source.expectEnd()
    }

    private mutating func list(_ source: inout ByteSource, _ data: BlockData) throws(StoreError) -> AttributeList {
        let number = try source.word32("layout")
        let shape = try layout(number, data)
        if shape == 0 { return .empty }
        let start = UInt32(batch.values.count)
        for field in dictionaries.layouts[Int(number)] {
            let payload: UInt64
            switch field.type {
            case .string, .bytes, .array, .map:
                payload = UInt64(try string(try source.word32("string"), data).rawValue)
            case .int: payload = UInt64(bitPattern: try source.zigzag())
            case .bool: payload = try source.byte() == 0 ? 0 : 1
            case .double: payload = try source.fixed64()
            case .empty: payload = 0
            }
            batch.values.append(payload)
        }
        return AttributeList(shape: shape, start: start)
    }

    private mutating func resource(_ number: UInt32) throws(StoreError) -> UInt32 {
        if let known = resources[number] { return known }
        let form = dictionaries.resources.bytes(number)
        let index = try form.reading(path, "resource \(number)") { source throws(StoreError) in
            try batch.appendResource(canonical: &source)
        }
        resources[number] = index
        return index
    }

    private mutating func scope(_ number: UInt32) throws(StoreError) -> UInt32 {
        if let known = scopes[number] { return known }
        let form = dictionaries.scopes.bytes(number)
        let index = try form.reading(path, "scope \(number)") { source throws(StoreError) in
            try batch.appendScope(canonical: &source)
        }
        scopes[number] = index
        return index
    }
}

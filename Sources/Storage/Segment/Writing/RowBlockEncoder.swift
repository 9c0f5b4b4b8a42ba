import Telemetry

/// Writes one block of rows: `plain` goes through LZ4, `bits` does not.
struct RowBlockEncoder {
    let segment: SegmentRows
    let tables: SegmentTables
    let order: SegmentOrder
    let relations: RowRelations
    let strings: FileStrings
    var columns: ColumnSet
    let plain = ByteSink(capacity: 1 << 18)
    var bits = BitSink()
    var families = FamilySizes()
    /// Of the block encoded last.
    private(set) var statistics = BlockStatistics()
    private let shapeCounts: GrowingBuffer<UInt32>
    private let scratch = GrowingBuffer<UInt64>()

    init(
        segment: SegmentRows, tables: SegmentTables, order: SegmentOrder, relations: RowRelations,
        strings: FileStrings, columns: ColumnSet
    ) {
        self.segment = segment
        self.tables = tables
        self.order = order
        self.relations = relations
        self.strings = strings
        self.columns = columns
        shapeCounts = GrowingBuffer(repeating: 0, count: tables.shapes.count)
    }

    mutating func encode(_ block: SegmentOrder.Block) {
        plain.removeAll()
        bits.removeAll()
        let rows = UnsafeBufferPointer(start: order.order.base + block.firstRow, count: block.rowCount)
        families.mark(plain, bits)
        encodePlanes(rows) { segment.rows[Int($0)].shape }
        families.add("shape", plain, bits)
        encodePlanes(rows) { relations.parentCode[Int($0)] }
        families.add("parent", plain, bits)
        PartColumn.encode(rows, segment, tables, to: plain)
        families.add("provenance", plain, bits)
        encodeSparse(rows)
        let extras = ExtrasEncoder(segment: segment, tables: tables, strings: strings)
        extras.encodeEvents(rows, to: plain)
        extras.encodeLinks(rows, to: plain)
        families.add("rare, events, links", plain, bits)
        gatherStatistics(rows)
        for shape in statistics.shapes {
            encodeShape(Int(shape), count: Int(shapeCounts[Int(shape)]))
            shapeCounts[Int(shape)] = 0
        }
        bits.finish()
    }

    /// Counts the rows of each shape, and looks at times and status codes.
    private mutating func gatherStatistics(_ rows: UnsafeBufferPointer<UInt32>) {
        var found = BlockStatistics()
        for index in rows {
            let row = segment.rows.base + Int(index)
            let shape = row.pointee.shape
            if shapeCounts[Int(shape)] == 0 {
                found.shapes.append(shape)
                if tables.shapes[Int(shape)].statusCode == SpanStatus.error { found.hasError = true }
            }
            shapeCounts[Int(shape)] += 1
            found.latestStart = max(found.latestStart, row.pointee.start)
            let duration = Int64(bitPattern: row.pointee.end &- row.pointee.start)
            found.shortestDuration = min(found.shortestDuration, duration)
            found.longestDuration = max(found.longestDuration, duration)
        }
        found.shapes.sort()
        statistics = found
    }

    /// Numbers as planes of bytes, least significant first: LZ4 finds the repetition from trace to trace.
    private func encodePlanes(_ rows: UnsafeBufferPointer<UInt32>, _ value: (UInt32) -> UInt32) {
        var most: UInt32 = 0
        for index in rows { most = max(most, value(index)) }
        let planes = max(1, (32 - most.leadingZeroBitCount + 7) / 8)
        plain.byte(UInt8(planes))
        for plane in 0..<planes {
            for index in rows { plain.byte(UInt8(truncatingIfNeeded: value(index) >> UInt32(plane * 8))) }
        }
    }

    private func encodeSparse(_ rows: UnsafeBufferPointer<UInt32>) {
        encodeSparse(rows) { strings.number($0.statusMessage) }
        encodeSparse(rows) { strings.number($0.traceState) }
        encodeSparse(rows) { $0.droppedAttributes }
        encodeSparse(rows) { $0.droppedEvents }
        encodeSparse(rows) { $0.droppedLinks }
    }

    /// Rows with a value other than zero: how many, then for each the rows skipped before it and the value.
    private func encodeSparse(_ rows: UnsafeBufferPointer<UInt32>, _ value: (SegmentRows.Rare) -> UInt32) {
        var found: [(gap: Int, value: UInt32)] = []
        var next = 0
        for (row, index) in rows.enumerated() {
            let rare = segment.rows[Int(index)].rare
            if rare == 0 { continue }
            let value = value(segment.rare[Int(rare)])
            if value == 0 { continue }
            found.append((row - next, value))
            next = row + 1
        }
        plain.varint(found.count)
        for entry in found {
            plain.varint(entry.gap)
            plain.varint(entry.value)
        }
    }

    private mutating func encodeShape(_ shape: Int, count: Int) {
        let rows = columns.takeRows(of: shape, count: count)
        var afterParent = 0
        var external = 0
        for index in rows {
            let parent = relations.parentCode[Int(index)]
            if parent == RowRelations.externalParent { external += 1 }
            if parent >= 2, parent & 1 == 0 { afterParent += 1 }
        }
        for number in ShapeColumns.Number.allCases {
            let values =
                switch number {
                case .spanID, .duration: count
                case .startAfterParent: afterParent
                case .startAfterFirst: count - afterParent
                case .externalParent: external
                }
            let codes = columns.take(number, of: shape, count: values)
            columns.shapes[shape].numbers[number.rawValue].plan.write(codes, to: &bits, scratch: scratch)
            families.add(number == .spanID || number == .externalParent ? "span id" : "time", plain, bits)
        }
        let name = columns.shapes[shape].name.plan
        if name.encoding != .constant { encode(name, columns.takeNames(of: shape, count: count)) }
        families.add("name", plain, bits)
        for attribute in columns.shapes[shape].attributes.indices {
            encodeAttribute(attribute, of: shape, rows)
        }
        families.add("attributes", plain, bits)
    }

    private mutating func encodeAttribute(_ attribute: Int, of shape: Int, _ rows: UnsafeBufferPointer<UInt32>) {
        let plan = columns.shapes[shape].attributes[attribute].plan
        if plan.prediction == .all { return }
        var count = rows.count
        if plan.prediction == .bitmap { count -= encodeBitmap(attribute, rows) }
        if plan.encoding == .constant { return }
        encode(plan, columns.take(attribute: attribute, of: shape, count: count))
    }

    private mutating func encode(_ plan: ColumnPlan, _ codes: UnsafeBufferPointer<UInt64>) {
        switch plan.encoding {
        case .constant: break
        case .number, .scaled, .decimal: plan.number.write(codes, to: &bits, scratch: scratch)
        case .dictionary:
            let width = NumberDictionary.width(plan.dictionary.count)
            for code in codes { bits.write(code, UInt64(width)) }
        case .dictionaryPlanes:
            for plane in 0..<plan.planes {
                for code in codes { plain.byte(UInt8(truncatingIfNeeded: code >> UInt64(plane * 8))) }
            }
        case .uuid, .hex: encodeHex(plan, codes)
        case .symbols: encodeSymbols(plan, codes)
        case .text: encodeText(plan, codes)
        }
    }

    /// One bit a row, least significant first; returns how many are set.
    private func encodeBitmap(_ attribute: Int, _ rows: UnsafeBufferPointer<UInt32>) -> Int {
        var set = 0
        var byte: UInt8 = 0
        for (row, index) in rows.enumerated() {
            if relations.repeats[Int(index)] >> UInt64(attribute) & 1 == 1 {
                byte |= 1 << UInt8(row & 7)
                set += 1
            }
            if row & 7 == 7 {
                plain.byte(byte)
                byte = 0
            }
        }
        if rows.count & 7 != 0 { plain.byte(byte) }
        return set
    }

    /// Where the middle of a string lies in the arena.
    @inline(__always)
    private func middle(_ code: UInt64, _ plan: ColumnPlan) -> Range<Int> {
        let range = tables.strings.range(StringRef(UInt32(truncatingIfNeeded: code)))
        return range.lowerBound + plan.prefix.count..<range.upperBound - plan.suffix.count
    }

    /// The digits of each string, four bits each, two to a byte, first digit in the high half; dashes left out.
    private mutating func encodeHex(_ plan: ColumnPlan, _ codes: UnsafeBufferPointer<UInt64>) {
        var bits = bits
        tables.strings.withArena { arena in
            for code in codes {
                var high: UInt8?
                for byte in arena[middle(code, plan)] where byte != 0x2D {
                    let nibble = byte < 0x3A ? byte - 0x30 : (byte | 0x20) - 0x57
                    if let first = high {
                        bits.write(UInt64(first << 4 | nibble), 8)
                        high = nil
                    } else {
                        high = nibble
                    }
                }
            }
        }
        self.bits = bits
    }

    private mutating func encodeSymbols(_ plan: ColumnPlan, _ codes: UnsafeBufferPointer<UInt64>) {
        guard let symbols = plan.symbols else { preconditionFailure("a plan of symbols has an alphabet") }
        let rank = symbols.ranks
        var bits = bits
        tables.strings.withArena { arena in
            for code in codes {
                symbols.write(UnsafeRawBufferPointer(rebasing: arena[middle(code, plan)]), rank: rank, to: &bits)
            }
        }
        self.bits = bits
    }

    /// The length of what follows, the length of each string, the bytes of all.
    private func encodeText(_ plan: ColumnPlan, _ codes: UnsafeBufferPointer<UInt64>) {
        let lengths = ByteSink(capacity: codes.count * 2)
        var total = 0
        for code in codes {
            let length = middle(code, plan).count
            lengths.varint(length)
            total += length
        }
        plain.varint(lengths.count + total)
        plain.raw(lengths.bytes)
        tables.strings.withArena { arena in
            for code in codes { plain.raw(UnsafeRawBufferPointer(rebasing: arena[middle(code, plan)])) }
        }
        withExtendedLifetime(lengths) {}
    }
}

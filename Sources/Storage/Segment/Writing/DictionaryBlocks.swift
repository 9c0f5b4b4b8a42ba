import Telemetry

/// Writes the blocks that the rows refer to: shapes with their column plans, traces, transactions, provenance.
enum DictionaryBlocks {
    static func encodeShapes(
        _ tables: SegmentTables, _ columns: ColumnSet, _ strings: FileStrings, to sink: ByteSink
    ) {
        for table in [tables.resources, tables.scopes] {
            sink.varint(table.count - 1)
            for entry in 1..<max(1, table.count) { table.withBytes(StringRef(UInt32(entry))) { sink.string($0) } }
        }
        sink.varint(tables.layouts.count - 1)
        for layout in 1..<UInt32(max(1, tables.layouts.count)) {
            let range = tables.layouts.range(layout)
            sink.varint(range.count)
            for index in range {
                sink.varint(strings.number(tables.layouts.fields[index].key.rawValue))
                sink.byte(tables.layouts.fields[index].type.rawValue)
            }
        }
        sink.varint(tables.shapes.count)
        for (number, shape) in tables.shapes.enumerated() {
            sink.varint(shape.resource)
            sink.varint(shape.scope)
            sink.zigzag(Int64(shape.kind))
            sink.zigzag(Int64(shape.statusCode))
            sink.varint(shape.flags)
            sink.varint(shape.layout)
            encode(columns.shapes[number].name.plan, type: .string, strings, to: sink)
            for column in columns.shapes[number].numbers { column.plan.encode(to: sink) }
            let fields = tables.layouts.range(shape.layout)
            for (column, field) in zip(columns.shapes[number].attributes, fields) {
                encode(column.plan, type: tables.layouts.fields[field].type, strings, to: sink)
            }
        }
    }

    private static func encode(_ plan: ColumnPlan, type: ValueType, _ strings: FileStrings, to sink: ByteSink) {
        sink.byte(plan.prediction.rawValue << 4 | plan.encoding.rawValue)
        if plan.prediction == .all { return }
        switch plan.encoding {
        case .constant: encode(plan.constant, type, strings, to: sink)
        case .number: plan.number.encode(to: sink)
        case .scaled:
            sink.byte(plan.size)
            plan.number.encode(to: sink)
        case .uuid, .hex, .decimal, .text, .symbols:
            sink.varint(plan.prefix.count)
            sink.raw(plan.prefix)
            sink.varint(plan.suffix.count)
            sink.raw(plan.suffix)
            if plan.encoding != .text, plan.encoding != .symbols { sink.byte(plan.size) }
            if plan.encoding == .decimal { plan.number.encode(to: sink) }
            if let symbols = plan.symbols {
                sink.byte(UInt8(symbols.length))
                sink.varint(symbols.alphabet.count)
                sink.raw(symbols.alphabet)
            }
        case .dictionary, .dictionaryPlanes:
            sink.varint(plan.dictionary.count)
            for payload in plan.dictionary { encode(payload, type, strings, to: sink) }
        }
    }

    private static func encode(_ payload: UInt64, _ type: ValueType, _ strings: FileStrings, to sink: ByteSink) {
        switch type {
        case .string, .bytes, .array, .map: sink.varint(strings.number(payload))
        case .int: sink.zigzag(Int64(bitPattern: payload))
        case .bool: sink.byte(UInt8(truncatingIfNeeded: payload))
        case .double: sink.fixed64(payload)
        case .empty: break
        }
    }

    /// Row counts compressed, ids as they are.
    static func encodeTraces(_ traces: [TraceLocation], plain: ByteSink, raw: ByteSink) {
        plain.varint(traces.count)
        for trace in traces {
            plain.varint(trace.rowCount)
            raw.fixed64(trace.traceID.high.byteSwapped)
            raw.fixed64(trace.traceID.low.byteSwapped)
        }
    }

    /// How a transaction's value is written.
    enum ValueForm: UInt8 {
        case text = 0
        /// A lower-case UUID's 16 bytes, in the second part.
        case uuid = 1
    }

    static func encodeTransactions(_ scan: TransactionScan, revision: UInt32, plain: ByteSink, raw: ByteSink) {
        plain.varint(revision)
        plain.varint(scan.kinds.count)
        for kind in scan.kinds { plain.string(kind) }
        plain.varint(scan.found.count)
        var last: UInt32 = 0
        for entry in scan.found {
            plain.varint(entry.trace - last)
            last = entry.trace
            if let bytes = TransactionValue.uuid(entry.value) {
                plain.varint(entry.kind << 1 | Int(ValueForm.uuid.rawValue))
                raw.raw(bytes)
            } else {
                plain.varint(entry.kind << 1 | Int(ValueForm.text.rawValue))
                plain.varint(entry.value.count)
                plain.raw(entry.value)
            }
        }
    }

    /// Senders once each, then for each batch its sender and how its sequence and time differ from the ones before.
    static func encodeProvenance(_ parts: [Provenance], to sink: ByteSink) {
        var senders: [Provenance] = []
        var numbers: [Provenance: Int] = [:]
        let senderOfPart = parts.map { part in
            var sender = part
            sender.sequence = 0
            sender.receivedNanoseconds = 0
            if let number = numbers[sender] { return number }
            numbers[sender] = senders.count
            senders.append(sender)
            return senders.count - 1
        }
        sink.varint(senders.count)
        for sender in senders {
            sink.byte(sender.door.rawValue)
            sink.string(sender.principal)
            sink.string(sender.instance)
            sink.fixed64(sender.incarnation)
        }
        sink.varint(parts.count)
        var sequences = [UInt64](repeating: 0, count: senders.count)
        var received: UInt64 = 0
        for (part, sender) in zip(parts, senderOfPart) {
            sink.varint(sender)
            sink.zigzag(Int64(bitPattern: part.sequence &- sequences[sender]))
            sink.zigzag(Int64(bitPattern: part.receivedNanoseconds &- received))
            sequences[sender] = part.sequence
            received = part.receivedNanoseconds
        }
    }
}

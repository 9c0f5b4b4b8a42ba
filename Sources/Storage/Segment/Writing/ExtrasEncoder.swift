import Telemetry

/// Writes the events and links of a block's rows: rows that have any, with the length of each row's part, then the
/// parts one after another.
struct ExtrasEncoder {
    let segment: SegmentRows
    let tables: SegmentTables
    let strings: FileStrings

    func encodeEvents(_ rows: UnsafeBufferPointer<UInt32>, to plain: ByteSink) {
        encode(rows, to: plain) { row, rare, sink in
            if rare.events.isEmpty { return }
            sink.varint(rare.events.count)
            for index in rare.events {
                let event = segment.events[Int(index)]
                sink.zigzag(Int64(bitPattern: event.time &- row.start))
                sink.varint(strings.number(event.name))
                sink.varint(event.droppedAttributes)
                encodeList(event.layout, Int(event.valueStart), to: sink)
            }
        }
    }

    func encodeLinks(_ rows: UnsafeBufferPointer<UInt32>, to plain: ByteSink) {
        encode(rows, to: plain) { row, rare, sink in
            if rare.links.isEmpty { return }
            sink.varint(rare.links.count)
            for index in rare.links {
                let link = segment.links[Int(index)]
                sink.fixed64(link.traceHigh.byteSwapped)
                sink.fixed64(link.traceLow.byteSwapped)
                sink.fixed64(link.spanID.byteSwapped)
                sink.varint(strings.number(link.traceState))
                sink.varint(link.flags)
                sink.varint(link.droppedAttributes)
                encodeList(link.layout, Int(link.valueStart), to: sink)
            }
        }
    }

    private func encode(
        _ rows: UnsafeBufferPointer<UInt32>, to plain: ByteSink,
        _ write: (SegmentRows.Row, SegmentRows.Rare, ByteSink) -> Void
    ) {
        let heads = ByteSink()
        let bodies = ByteSink()
        var count = 0
        var next = 0
        for (position, index) in rows.enumerated() {
            let row = segment.rows[Int(index)]
            if row.rare == 0 { continue }
            let start = bodies.count
            write(row, segment.rare[Int(row.rare)], bodies)
            if bodies.count == start { continue }
            heads.varint(position - next)
            heads.varint(bodies.count - start)
            next = position + 1
            count += 1
        }
        plain.varint(count)
        plain.raw(heads.bytes)
        plain.raw(bodies.bytes)
    }

    private func encodeList(_ layout: UInt32, _ valueStart: Int, to sink: ByteSink) {
        sink.varint(layout)
        for (offset, field) in tables.layouts.range(layout).enumerated() {
            let payload = segment.values[valueStart + offset]
            switch tables.layouts.fields[field].type {
            case .string, .bytes, .array, .map: sink.varint(strings.number(payload))
            case .int: sink.zigzag(Int64(bitPattern: payload))
            case .bool: sink.byte(UInt8(payload))
            case .double: sink.fixed64(payload)
            case .empty: break
            }
        }
    }
}

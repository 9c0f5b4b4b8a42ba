import Telemetry

/// Reads the traces block of a group that has these rows of the segment.
enum TraceDecoder {
    static func decode(
        _ plain: [UInt8], _ raw: [UInt8], path: String, rows groupRows: Range<Int>
    ) throws(StoreError) -> [TraceLocation] {
        let spanCount = groupRows.count
        let counts = try plain.reading(path, "the traces block") { source throws(StoreError) in
            let count = try source.count("traces", limit: source.remaining)
            guard raw.count == count * 16 else {
                throw source.error("\(raw.count) bytes of ids for \(count) traces", at: 0)
            }
            var counts: [UInt32] = []
            counts.reserveCapacity(count)
            var rows = 0
            for _ in 0..<count {
                let at = source.position
                let size = try source.count("rows of a trace", limit: spanCount - rows)
                guard size > 0 else { throw source.error("a trace without rows", at: at) }
                rows += size
                counts.append(UInt32(size))
            }
            guard rows == spanCount else { throw source.error("\(rows) rows for \(spanCount) spans", at: 0) }
            try source.expectEnd()
            return counts
        }
        return try raw.reading(path, "the traces block's ids") { source throws(StoreError) in
            var traces: [TraceLocation] = []
            traces.reserveCapacity(counts.count)
            var row = UInt32(groupRows.lowerBound)
            for count in counts {
                let id = TraceID(high: try source.fixed64().byteSwapped, low: try source.fixed64().byteSwapped)
                traces.append(TraceLocation(traceID: id, block: 0, firstRow: row, rowCount: count))
                row += count
            }
            return traces
        }
    }
}

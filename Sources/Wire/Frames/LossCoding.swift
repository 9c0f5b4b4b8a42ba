import Telemetry

/// The records of a LOSS frame.
enum LossCoding {
    static func encode(_ records: [LossRecord], into output: inout ByteSink) {
        output.varint(records.count)
        for record in records {
            output.byte(record.reason.rawValue)
            output.varint(record.batches)
            output.varint(record.spans)
            output.varint(record.metricPoints)
            output.littleEndian(record.firstNanoseconds)
            output.littleEndian(record.lastNanoseconds)
        }
    }

    static func decode(_ cursor: inout ByteCursor, limits: WireLimits) throws(WireError) -> [LossRecord] {
        let count = try cursor.count("loss records", limit: limits.maximumLossRecords)
        guard count > 0 else { throw cursor.failure("loss records", "one or more") }
        var records: [LossRecord] = []
        for _ in 0..<count {
            let reason = LossReason(rawValue: try cursor.byte("loss reason"))
            let batches = try cursor.varint("lost batches")
            let spans = try cursor.varint("lost spans")
            let points = try cursor.varint("lost metric points")
            let first = try cursor.littleEndian(UInt64.self, "first time")
            let last = try cursor.littleEndian(UInt64.self, "last time")
            records.append(
                LossRecord(
                    reason: reason, batches: batches, spans: spans, metricPoints: points, firstNanoseconds: first,
                    lastNanoseconds: last))
        }
        return records
    }
}

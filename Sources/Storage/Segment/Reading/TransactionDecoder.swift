import Telemetry

/// Reads the transactions block.
enum TransactionDecoder {
    static func decode(
        _ plain: [UInt8], _ raw: [UInt8], traces: [TraceLocation], path: String
    ) throws(StoreError) -> [TransactionEntry] {
        try raw.reading(path, "the transactions block's ids") { ids throws(StoreError) in
            try plain.reading(path, "the transactions block") { source throws(StoreError) in
                let revision = try source.word32("rules revision")
                var kinds: [String] = []
                for _ in 0..<(try source.count("kinds", limit: source.remaining)) {
                    kinds.append(String(decoding: try source.string(), as: UTF8.self))
                }
                let count = try source.count("transactions", limit: source.remaining)
                var entries: [TransactionEntry] = []
                entries.reserveCapacity(count)
                var trace = 0
                for _ in 0..<count {
                    trace += try source.count("traces", limit: traces.count)
                    guard trace < traces.count else {
                        throw source.error("trace \(trace) of \(traces.count)", at: source.position)
                    }
                    let kind = try source.index("kind", below: kinds.count * 2)
                    let value =
                        kind & 1 == UInt32(DictionaryBlocks.ValueForm.uuid.rawValue)
                        ? String(decoding: TransactionValue.text(try ids.raw(16)), as: UTF8.self)
                        : String(decoding: try source.string(), as: UTF8.self)
                    entries.append(
                        TransactionEntry(
                            key: TransactionKey(kind: kinds[Int(kind >> 1)], value: value),
                            traceID: traces[trace].traceID, rulesRevision: revision))
                }
                try source.expectEnd()
                try ids.expectEnd()
                return entries
            }
        }
    }
}

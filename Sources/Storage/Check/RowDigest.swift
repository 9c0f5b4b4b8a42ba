import Telemetry

/// What the rows of a segment in the index add up to, whatever their order: equal sets of rows have equal digests, and
/// two different ones have the same by chance once in 2^64. In memory only, for the hash has a seed.
struct RowDigest: Sendable, Hashable {
    private(set) var traces: UInt64 = 0
    private(set) var transactions: UInt64 = 0
    private var traceSum: UInt64 = 0
    private var transactionSum: UInt64 = 0

    mutating func add(_ location: TraceLocation) {
        traces += 1
        let trace = ByteHash.mix(location.traceID.high ^ ByteHash.seed, location.traceID.low ^ 0xA076_1D64_78BD_642F)
        let place = UInt64(location.firstRow) << 32 | UInt64(location.rowCount)
        let first = ByteHash.mix(trace ^ place, 0xE703_7ED1_A0B4_28DB)
        traceSum &+= ByteHash.mix(first ^ UInt64(location.block), 0x8EBC_6AF0_9C88_C6E3)
    }

    /// `value` as the index keeps it.
    mutating func add(isText: Bool, value: UnsafeRawBufferPointer, kind: UInt64, trace: TraceID) {
        transactions += 1
        let id = ByteHash.mix(trace.high ^ ByteHash.seed, trace.low ^ 0xA076_1D64_78BD_642F)
        let key = ByteHash.mix(ByteHash.hash(value) ^ kind, isText ? 0xE703_7ED1_A0B4_28DB : 0x589C_7E3A_1F5B_6D23)
        transactionSum &+= ByteHash.mix(id ^ key, 0x8EBC_6AF0_9C88_C6E3)
    }

    static func hash(kind: String) -> UInt64 {
        var kind = kind
        return kind.withUTF8 { ByteHash.hash(UnsafeRawBufferPointer($0)) }
    }
}

extension RowDigest {
    /// Of the rows that an index run should have of the segment.
    init(of segment: SegmentReader) throws(StoreError) {
        // A trace that goes on in the next group brings its transactions there again.
        var lastTrace: TraceID?
        var lastKeys: Set<TransactionKey> = []
        for group in segment.groups.indices {
            for location in try segment.traces(in: group) { add(location) }
            var keys: Set<TransactionKey> = []
            var keysTrace: TraceID?
            for entry in try segment.transactions(in: group) {
                if keysTrace != entry.traceID {
                    keysTrace = entry.traceID
                    keys = entry.traceID == lastTrace ? lastKeys : []
                }
                guard keys.insert(entry.key).inserted else { continue }
                let value = IndexValue(entry.key.value)
                let kind = RowDigest.hash(kind: entry.key.kind)
                value.bytes.withUnsafeBytes {
                    add(isText: !value.isUUID, value: $0, kind: kind, trace: entry.traceID)
                }
            }
            lastTrace = keysTrace
            lastKeys = keys
        }
    }
}

import CSQLite
import Files
import Storage
import Telemetry
import Testing

/// Random entries of segments, with few distinct ids so that they meet, and some that are hard: ids that share their
/// beginnings, long values, values that look like others.
struct IndexSamples {
    var random: SegmentRandom
    private let shared: [TraceID]
    private let kinds = ["payment", "uetr", "a", ""]

    init(seed: UInt64) {
        random = SegmentRandom(seed: seed)
        var random = random
        shared = (0..<40).map { TraceID(high: $0 % 3, low: random.next() % 4) }
    }

    mutating func input(_ number: UInt64, traces: Int, transactions: Int) -> IndexInput {
        var locations: [TraceLocation] = []
        var row: UInt32 = 0
        for index in 0..<traces {
            let count = UInt32(random.below(random.below(10) == 0 ? 100_000 : 50))
            locations.append(
                TraceLocation(
                    traceID: trace(), block: UInt32(index / 60), firstRow: row, rowCount: count))
            row = row &+ count < 1 << 31 ? row + count : 0
        }
        let entries = (0..<transactions).map { _ in
            TransactionEntry(
                key: TransactionKey(kind: kinds[random.below(kinds.count)], value: value()),
                traceID: trace(), rulesRevision: UInt32(random.below(3)))
        }
        return IndexInput(segmentNumber: number, traces: locations, transactions: entries, catalog: catalog())
    }

    private mutating func trace() -> TraceID {
        random.below(8) == 0
            ? shared[random.below(shared.count)] : TraceID(high: random.next(), low: random.next())
    }

    private mutating func value() -> String {
        switch random.below(20) {
        case 0: return String(repeating: "long ", count: 150 + random.below(900)) + "\(random.below(9))"
        case 1: return "P\(random.below(30))"
        case 2: return ["41424344-4546-4748-494a-4b4c4d4e4f50", "ABCDEFGHIJKLMNOP", "é", "0"][random.below(4)]
        case 3..<10: return "PAY-\(random.next())"
        default:
            let digits = Hex.string(random.next()) + Hex.string(random.next())
            var text = ""
            for (index, digit) in digits.enumerated() {
                if [8, 12, 16, 20].contains(index) { text.append("-") }
                text.append(digit)
            }
            return text
        }
    }

    private mutating func times() -> SegmentCatalog.Times {
        let earliest = random.below(50) == 0 ? UInt64.max - 5 : UInt64(random.below(1000))
        return SegmentCatalog.Times(earliest: earliest, latest: earliest + UInt64(random.below(5)))
    }

    private mutating func catalog() -> SegmentCatalog {
        var catalog = SegmentCatalog()
        for _ in 0..<random.below(12) {
            let service = "service-\(random.below(9))"
            catalog.services[service] = times()
            for _ in 0..<random.below(9) {
                let name = random.below(40) == 0 ? String(repeating: "x", count: 3000) : "GET /\(random.below(20))"
                let kind = Int32(truncatingIfNeeded: random.below(8)) - 1
                catalog.operations[SegmentCatalog.Operation(service: service, name: name, kind: kind)] = times()
            }
        }
        for _ in 0..<random.below(30) {
            let place = SegmentCatalog.Place.allCases[random.below(5)]
            guard let type = ValueType(rawValue: UInt8(random.below(8))) else { continue }
            let key = SegmentCatalog.Key(place: place, key: "key.\(random.below(6))", type: type)
            catalog.keys[key] = times()
            for _ in 0..<random.below(120) {
                let value: AttributeValue
                switch type {
                case .string: value = .string("v\(random.below(400))")
                case .bool: value = .bool(random.below(2) == 0)
                case .int: value = .int(Int64(bitPattern: random.next() >> UInt64(random.below(64))))
                case .double: value = .double([.nan, -0.0, 0.0, .infinity, 1.5, -2e300][random.below(6)])
                default: continue
                }
                catalog.values[SegmentCatalog.Value(key: key, value: value)] = times()
            }
        }
        return catalog
    }
}

/// Plain SQLite on a file, as anybody may use it.
struct IndexSQL {
    /// The columns of all rows: numbers in decimal, texts as they are, blobs in hexadecimal.
    static func rows(_ path: String, _ sql: String) throws -> [[String]] {
        var handle: OpaquePointer?
        try #require(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
        defer { sqlite3_close_v2(handle) }
        var statement: OpaquePointer?
        try #require(sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK)
        defer { sqlite3_finalize(statement) }
        var rows: [[String]] = []
        while true {
            let status = sqlite3_step(statement)
            if status == SQLITE_DONE { return rows }
            try #require(status == SQLITE_ROW)
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    guard sqlite3_column_type(statement, column) == SQLITE_BLOB else {
                        return sqlite3_column_text(statement, column).map { String(cString: $0) } ?? "NULL"
                    }
                    let bytes = UnsafeRawBufferPointer(
                        start: sqlite3_column_blob(statement, column),
                        count: Int(sqlite3_column_bytes(statement, column)))
                    return Hex.string(Array(bytes))
                })
        }
    }
}

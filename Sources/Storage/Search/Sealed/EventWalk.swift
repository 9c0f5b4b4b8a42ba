import Telemetry

/// Looks for an event or a link that passes a comparison, in the bytes of one row's.
struct EventWalk {
    private let verdicts: ShapeVerdicts
    private let leaf: Int
    private let data: BlockData

    init(_ verdicts: ShapeVerdicts, _ leaf: Int, _ data: BlockData) {
        self.verdicts = verdicts
        self.leaf = leaf
        self.data = data
    }

    private var dictionaries: SegmentDictionaries { verdicts.dictionaries }

    mutating func anyEvent(_ source: ByteSource) throws(StoreError) -> Bool {
        var source = source
        var isName = false
        if case .eventName = verdicts.filter.leaves[leaf].field { isName = true }
        for _ in 0..<(try source.count("events", limit: source.remaining)) {
            _ = try source.zigzag()
            let name = try source.index("name", below: dictionaries.strings.count)
            _ = try source.word32("dropped attributes")
            if isName, dictionaries.strings.withBytes(name, { verdicts.filter.leaves[leaf].test.matches($0) }) {
                return true
            }
            if try anyAttribute(&source, isLookedAt: !isName) { return true }
        }
        return false
    }

    mutating func anyLink(_ source: ByteSource) throws(StoreError) -> Bool {
        var source = source
        for _ in 0..<(try source.count("links", limit: source.remaining)) {
            let trace = TraceID(high: try source.fixed64().byteSwapped, low: try source.fixed64().byteSwapped)
            let span = SpanID(try source.fixed64().byteSwapped)
            _ = try source.word32("trace state")
            _ = try source.word32("flags")
            _ = try source.word32("dropped attributes")
            var isAttribute = false
            switch verdicts.filter.leaves[leaf].field {
            case .linkTraceID: if verdicts.filter.leaves[leaf].test.matches(trace) { return true }
            case .linkSpanID: if verdicts.filter.leaves[leaf].test.matches(span) { return true }
            default: isAttribute = true
            }
            if try anyAttribute(&source, isLookedAt: isAttribute) { return true }
        }
        return false
    }

    private mutating func anyAttribute(_ source: inout ByteSource, isLookedAt: Bool) throws(StoreError) -> Bool {
        let layout = try source.index("layout", below: dictionaries.layouts.count)
        var isMatch = false
        for field in dictionaries.layouts[Int(layout)] {
            let payload: UInt64
            switch field.type {
            case .string, .bytes, .array, .map:
                payload = UInt64(try source.index("string", below: dictionaries.strings.count))
            case .int: payload = UInt64(bitPattern: try source.zigzag())
            case .bool: payload = try source.byte() == 0 ? 0 : 1
            case .double: payload = try source.fixed64()
            case .empty: payload = 0
            }
            if isLookedAt, !isMatch, isKey(field.key) {
                isMatch = verdicts.filter.leaves[leaf].test.matches(field.type, payload, dictionaries.strings)
            }
        }
        return isMatch
    }

    private func isKey(_ number: UInt32) -> Bool {
        verdicts.filter.leaves[leaf].key.withUnsafeBytes { key in
            dictionaries.strings.withBytes(number) { ByteHash.equal($0, key) }
        }
    }
}

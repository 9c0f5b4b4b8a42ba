/// Finds the transactions of a whole batch: keys are looked up once a batch, shapes judged once, and a value that
/// repeats from row to row is normalised once.
public struct TransactionFinder: Sendable {
    public let rules: TransactionRules
    /// How many values were refused so far: empty, too long, or with control characters.
    public private(set) var refused = 0

    public init(rules: TransactionRules) { self.rules = rules }

    /// Calls `found(row, rule, value)` for every transaction id of every span, with the normalised bytes.
    /// `rule` is the index into `rules.rules`. A row may be reported several times.
    public mutating func find(in batch: borrowing SpanBatch, _ found: (Int, Int, ArraySlice<UInt8>) -> Void) {
        var ruleOfKey: [StringRef: [Int]] = [:]
        for (index, rule) in rules.rules.enumerated() {
            var key = rule.attribute
            if let ref = key.withUTF8({ batch.strings.find(UnsafeRawBufferPointer($0)) }), ref != .empty {
                ruleOfKey[ref, default: []].append(index)
            }
        }
        if ruleOfKey.isEmpty { return }
        // For each shape, the positions that hold an id.
        var positions: [[(offset: Int, rule: Int, type: ValueType)]] = []
        positions.reserveCapacity(batch.shapes.count)
        for shape in 0..<UInt32(batch.shapes.count) {
            var hits: [(offset: Int, rule: Int, type: ValueType)] = []
            let range = batch.shapes.range(shape)
            for index in range {
                let field = batch.shapes.fields[index]
                guard field.type == .string || field.type == .int, let matching = ruleOfKey[field.key] else { continue }
                for rule in matching { hits.append((index - range.lowerBound, rule, field.type)) }
            }
            positions.append(hits)
        }
        var normalised: [NormalisedKey: ArraySlice<UInt8>?] = [:]
        for row in 0..<batch.count {
            let list = batch.attributes[row]
            for hit in positions[Int(list.shape)] {
                let payload = batch.values[Int(list.start) + hit.offset]
                let key = NormalisedKey(payload: payload, rule: hit.rule, type: hit.type)
                let value: ArraySlice<UInt8>?
                if let known = normalised[key] {
                    value = known
                } else {
                    let raw =
                        hit.type == .string
                        ? batch.strings.bytes(StringRef(UInt32(truncatingIfNeeded: payload)))
                        : Array(String(Int64(bitPattern: payload)).utf8)
                    value = rules.normalise(raw[...], by: rules.rules[hit.rule].normalisation)
                    if value == nil { refused += 1 }
                    normalised[key] = .some(value)
                }
                if let value { found(row, hit.rule, value) }
            }
        }
    }

    private struct NormalisedKey: Hashable {
        var payload: UInt64
        var rule: Int
        var type: ValueType
    }
}

/// Finds the transactions of a whole batch: keys are looked up once a batch, shapes judged once, and a value that
/// repeats from row to row is normalised once.
public struct TransactionFinder: Sendable {
    public let rules: TransactionRules
    /// How many values were refused so far: empty, too long, or with control characters.
    public private(set) var refused = 0

    /// A place in a shape that holds an id.
    private struct Hit {
        var offset: Int
        var rule: Int
        var type: ValueType
    }

    /// What a rule found last.
    private struct Last {
        var payload: UInt64 = 0
        var type = ValueType.empty
        var traceID = TraceID(high: 0, low: 0)
        /// Where its normalised bytes lie; `nil` when the value is refused.
        var value: Range<Int>?
    }

    private struct Key: Hashable {
        var payload: UInt64
        var rule: Int
        var type: ValueType
    }

    // Of the batch at hand.
    private var hits: [Hit] = []
    /// Where the hits of each shape start, one more at the end.
    private var hitStart: [Int] = []
    private var ruleOfKey: [(key: StringRef, rule: Int)] = []
    private var last: [Last] = []
    /// The normalised bytes of all values, one after another.
    private var normalised: [UInt8] = []
    private var known: [Key: Range<Int>?] = [:]

    public init(rules: TransactionRules) { self.rules = rules }

    /// Calls `found(row, rule, value)` for every transaction id of every span, with the normalised bytes.
    /// `rule` is the index into `rules.rules`. A row may be reported several times.
    public mutating func find(in batch: borrowing SpanBatch, _ found: (Int, Int, ArraySlice<UInt8>) -> Void) {
        scan(batch, skippingRepeats: false) { row, rule, value, bytes in found(row, rule, bytes[value]) }
    }

    /// The same, but what repeats from row to row in a trace is reported once. The bytes are valid inside `found`.
    public mutating func findFirst(
        in batch: borrowing SpanBatch, _ found: (Int, Int, UnsafeRawBufferPointer) -> Void
    ) {
        scan(batch, skippingRepeats: true) { row, rule, value, bytes in
            bytes.withUnsafeBytes { found(row, rule, UnsafeRawBufferPointer(rebasing: $0[value])) }
        }
    }

    @inline(__always)
    private mutating func scan(
        _ batch: borrowing SpanBatch, skippingRepeats: Bool, _ found: (Int, Int, Range<Int>, [UInt8]) -> Void
    ) {
        guard judgeShapes(batch) else { return }
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: repeatElement(Last(), count: rules.rules.count))
        normalised.removeAll(keepingCapacity: true)
        known.removeAll(keepingCapacity: true)
        for row in 0..<batch.count {
            let list = batch.attributes[row]
            let shape = Int(list.shape)
            for index in hitStart[shape]..<hitStart[shape + 1] {
                let hit = hits[index]
                let payload = batch.values[Int(list.start) + hit.offset]
                let traceID = batch.traceID[row]
                if last[hit.rule].payload == payload, last[hit.rule].type == hit.type {
                    if skippingRepeats, last[hit.rule].traceID == traceID { continue }
                } else {
                    let value = value(payload, hit, batch)
                    last[hit.rule] = Last(payload: payload, type: hit.type, traceID: traceID, value: value)
                }
                last[hit.rule].traceID = traceID
                if let value = last[hit.rule].value { found(row, hit.rule, value, normalised) }
            }
        }
    }

    /// For each shape, the positions that hold an id; false when no shape has any.
    private mutating func judgeShapes(_ batch: borrowing SpanBatch) -> Bool {
        ruleOfKey.removeAll(keepingCapacity: true)
        for (index, rule) in rules.rules.enumerated() {
            var key = rule.attribute
            if let ref = key.withUTF8({ batch.strings.find(UnsafeRawBufferPointer($0)) }), ref != .empty {
                ruleOfKey.append((ref, index))
            }
        }
        if ruleOfKey.isEmpty { return false }
        hits.removeAll(keepingCapacity: true)
        hitStart.removeAll(keepingCapacity: true)
        for shape in 0..<UInt32(batch.shapes.count) {
            hitStart.append(hits.count)
            let range = batch.shapes.range(shape)
            for index in range {
                let field = batch.shapes.fields[index]
                guard field.type == .string || field.type == .int else { continue }
                for entry in ruleOfKey where entry.key == field.key {
                    hits.append(Hit(offset: index - range.lowerBound, rule: entry.rule, type: field.type))
                }
            }
        }
        hitStart.append(hits.count)
        return !hits.isEmpty
    }

    private mutating func value(_ payload: UInt64, _ hit: Hit, _ batch: borrowing SpanBatch) -> Range<Int>? {
        let key = Key(payload: payload, rule: hit.rule, type: hit.type)
        if let value = known[key] { return value }
        let start = normalised.count
        let normalisation = rules.rules[hit.rule].normalisation
        let isID: Bool
        if hit.type == .string {
            isID = batch.strings.withBytes(StringRef(UInt32(truncatingIfNeeded: payload))) {
                rules.append($0, by: normalisation, to: &normalised)
            }
        } else {
            var digits = String(Int64(bitPattern: payload))
            isID = digits.withUTF8 {
                rules.append(UnsafeRawBufferPointer($0), by: normalisation, to: &normalised)
            }
        }
        let value = isID ? start..<normalised.count : nil
        if !isID { refused += 1 }
        known[key] = .some(value)
        return value
    }
}

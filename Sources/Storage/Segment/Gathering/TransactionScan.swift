import Telemetry

/// Finds the transactions that the rows of a segment name: layouts are judged once, and a value is normalised once a
/// trace.
struct TransactionScan {
    /// One id in one trace; `rule` names the kind.
    struct Found: Hashable {
        var trace: UInt32
        var kind: Int
        var value: [UInt8]
    }

    /// In the order of traces; each once.
    private(set) var found: [Found] = []
    private(set) var refused = 0
    let kinds: [String]

    private struct Hit {
        var offset: Int
        var rule: Int
        var type: ValueType
    }

    private struct Seen: Equatable {
        var trace: Int
        var payload: UInt64
        var type: ValueType
    }

    init(_ segment: SegmentRows, _ tables: SegmentTables, _ order: SegmentOrder, _ rules: TransactionRules) {
        kinds = rules.kinds
        let (hits, hitStart) = TransactionScan.hits(tables, rules)
        if hits.isEmpty { return }
        let kindOfRule = rules.rules.map { rule in kinds.firstIndex(of: rule.kind) ?? 0 }
        var last = [Seen](repeating: Seen(trace: -1, payload: 0, type: .empty), count: rules.rules.count)
        for (number, trace) in order.traces.enumerated() {
            let first = found.count
            for row in Int(trace.firstRow)..<Int(trace.firstRow + trace.rowCount) {
                let source = segment.rows.base + Int(order.order[row])
                let shape = Int(source.pointee.shape)
                for place in hitStart[shape]..<hitStart[shape + 1] {
                    let hit = hits[place]
                    let payload = segment.values[Int(source.pointee.valueStart) + hit.offset]
                    let seen = Seen(trace: number, payload: payload, type: hit.type)
                    if last[hit.rule] == seen { continue }
                    last[hit.rule] = seen
                    let text =
                        hit.type == .string
                        ? tables.strings.bytes(StringRef(UInt32(truncatingIfNeeded: payload)))
                        : Array(String(Int64(bitPattern: payload)).utf8)
                    guard let value = rules.normalise(text[...], by: rules.rules[hit.rule].normalisation) else {
                        refused += 1
                        continue
                    }
                    let entry = Found(
                        trace: UInt32(number), kind: kindOfRule[hit.rule], value: TransactionScan.repaired(value))
                    if found.count - first < 16 {
                        if !found[first...].contains(entry) { found.append(entry) }
                    } else {
                        found.append(entry)
                    }
                }
            }
            if found.count - first > 16 { removeRepeated(from: first) }
        }
    }

    /// Keys are text: what is not UTF-8 is repaired, as everywhere at the edges.
    private static func repaired(_ value: ArraySlice<UInt8>) -> [UInt8] {
        value.allSatisfy { $0 < 0x80 } ? Array(value) : Array(String(decoding: value, as: UTF8.self).utf8)
    }

    /// A trace of a bulk run can name many transactions.
    private mutating func removeRepeated(from first: Int) {
        var seen: Set<Found> = []
        let kept = found[first...].filter { seen.insert($0).inserted }
        found.replaceSubrange(first..., with: kept)
    }

    /// Where the attributes of each shape hold an id, shape after shape, and where the hits of each shape start.
    private static func hits(_ tables: SegmentTables, _ rules: TransactionRules) -> (hits: [Hit], start: [Int]) {
        var rulesOfKey: [StringRef: [Int]] = [:]
        for (index, rule) in rules.rules.enumerated() {
            var key = rule.attribute
            if let ref = key.withUTF8({ tables.strings.find(UnsafeRawBufferPointer($0)) }), ref != .empty {
                rulesOfKey[ref, default: []].append(index)
            }
        }
        var hits: [Hit] = []
        var start: [Int] = []
        for shape in tables.shapes {
            start.append(hits.count)
            for (offset, field) in tables.layouts.range(shape.layout).enumerated() {
                let field = tables.layouts.fields[field]
                guard field.type == .string || field.type == .int, let matching = rulesOfKey[field.key] else {
                    continue
                }
                for rule in matching { hits.append(Hit(offset: offset, rule: rule, type: field.type)) }
            }
        }
        return (hits, start + [hits.count])
    }
}

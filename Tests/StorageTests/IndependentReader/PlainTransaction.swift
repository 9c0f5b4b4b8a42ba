/// A transaction id that a trace has.
struct PlainTransaction: Hashable {
    var kind: [UInt8]
    var value: [UInt8]
    var traceID: [UInt8]
    var rulesRevision: UInt64

    static func read(_ a: [UInt8], _ b: [UInt8], traces: [[UInt8]]) throws -> [PlainTransaction] {
        var source = PlainBytes(a)
        var ids = PlainBytes(b)
        let revision = try source.varint()
        var kinds: [[UInt8]] = []
        for _ in 0..<(try source.count()) { kinds.append(try source.string()) }
        var trace = 0
        var list: [PlainTransaction] = []
        for _ in 0..<(try source.count()) {
            trace += try source.count()
            let code = try source.count()
            guard trace < traces.count, code / 2 < kinds.count else { throw PlainError("a transaction of nothing") }
            let value: [UInt8]
            if code % 2 == 0 {
                value = try source.string()
            } else {
                var text = PlainColumnPlan.hexadecimal(try ids.take(16))
                for place in [8, 13, 18, 23] { text.insert(0x2D, at: place) }
                value = text
            }
            list.append(
                PlainTransaction(
                    kind: kinds[code / 2], value: value, traceID: traces[trace], rulesRevision: revision))
        }
        guard source.isAtEnd, ids.isAtEnd else { throw PlainError("transactions end at \(source.position)") }
        return list
    }
}

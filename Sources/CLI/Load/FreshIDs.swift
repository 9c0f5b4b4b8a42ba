import Telemetry
import Workload

/// Gives a replayed request ids of its own: the same ones everywhere in a round, so that traces, parents, links and
/// transactions still belong together.
struct FreshIDs: Sendable {
    private let traceMask: TraceID
    private let spanMask: UInt64
    private let digitMask: UInt64
    private let suffix: [UInt8]
    private let rules = TransactionRules.standard

    init(seed: UInt64, round: Int) {
        var random = SeededRandom(seed: seed ^ UInt64(round) &* 0xD134_2543_DE82_EF95)
        traceMask = TraceID(high: random.nonZero(), low: random.nonZero())
        spanMask = random.nonZero()
        digitMask = random.nonZero()
        suffix = Array("-\(String(random.next() >> 32, radix: 36))".utf8)
    }

    func apply(to batch: inout SpanBatch) {
        for row in 0..<batch.count {
            batch.traceID[row] = fresh(batch.traceID[row])
            batch.spanID[row] = fresh(batch.spanID[row])
            batch.parentSpanID[row] = fresh(batch.parentSpanID[row])
        }
        for index in batch.links.indices {
            batch.links[index].traceID = fresh(batch.links[index].traceID)
            batch.links[index].spanID = fresh(batch.links[index].spanID)
        }
        renameTransactions(in: &batch)
    }

    /// Exclusive or is a bijection; the one id that would become zero stays as it is.
    private func fresh(_ id: TraceID) -> TraceID {
        if !id.isValid { return id }
        let made = TraceID(high: id.high ^ traceMask.high, low: id.low ^ traceMask.low)
        return made.isValid ? made : id
    }

    private func fresh(_ id: SpanID) -> SpanID {
        if !id.isValid || id.rawValue == spanMask { return id }
        return SpanID(id.rawValue ^ spanMask)
    }

    private func renameTransactions(in batch: inout SpanBatch) {
        let keys = Set(
            rules.rules.compactMap { rule in
                var key = rule.attribute
                return key.withUTF8 { batch.strings.find(UnsafeRawBufferPointer($0)) }
            })
        var renamed: [StringRef: StringRef] = [:]
        for row in 0..<batch.count {
            let list = batch.attributes[row]
            let fields = batch.shapes.range(list.shape)
            for index in fields where keys.contains(batch.shapes.fields[index].key) {
                let place = Int(list.start) + index - fields.lowerBound
                switch batch.shapes.fields[index].type {
                case .string:
                    let old = StringRef(UInt32(truncatingIfNeeded: batch.values[place]))
                    let new = renamed[old] ?? batch.strings.intern(fresh(batch.strings.bytes(old)))
                    renamed[old] = new
                    batch.values[place] = UInt64(new.rawValue)
                case .int: batch.values[place] ^= spanMask >> 2
                default: continue
                }
            }
        }
    }

    /// A UUID stays one (its version and variant too); anything else gets a suffix.
    func fresh(_ id: [UInt8]) -> [UInt8] {
        if id.isEmpty { return id }
        let dashes = [8, 13, 18, 23]
        guard id.count == 36, dashes.allSatisfy({ id[$0] == 0x2D }) else { return id + suffix }
        var made = id
        for index in made.indices where !dashes.contains(index) && index != 14 && index != 19 {
            guard let digit = Character(UnicodeScalar(id[index])).hexDigitValue else { return id + suffix }
            let mixed = UInt8(digit) ^ UInt8(truncatingIfNeeded: digitMask >> UInt64(index % 16 * 4)) & 0xF
            made[index] = mixed < 10 ? 0x30 + mixed : 0x57 + mixed
        }
        return made
    }
}

import Telemetry

/// Batches of spans with everything odd that a span can have: no sensible service sends them, and all must be kept.
struct SegmentRandomSpans {
    var random: SegmentRandom

    init(seed: UInt64) { random = SegmentRandom(seed: seed) }

    mutating func batch(spans: Int, traces: Int) -> SpanBatch {
        var batch = SpanBatch()
        for _ in 0..<1 + random.below(4) {
            batch.resources.append(
                ResourceRecord(
                    attributes: list(&batch), droppedAttributes: small(), schemaURL: text(&batch),
                    entityReferences: text(&batch)))
            batch.scopes.append(
                ScopeRecord(
                    name: text(&batch), version: text(&batch), attributes: list(&batch), droppedAttributes: small(),
                    schemaURL: text(&batch)))
        }
        for _ in 0..<spans {
            var row = SpanRow()
            let trace = UInt64(random.below(traces))
            row.traceID = TraceID(high: trace &* 0x9E37_79B9_7F4A_7C15, low: trace + 1)
            row.spanID = id()
            row.parentSpanID = random.below(3) == 0 ? .none : id()
            row.startNanoseconds = time()
            row.endNanoseconds = random.below(3) == 0 ? time() : row.startNanoseconds &+ UInt64(random.below(1_000_000))
            row.name = text(&batch)
            row.kind = random.below(4) == 0 ? Int32(truncatingIfNeeded: random.next()) : Int32(random.below(6))
            row.statusCode = random.below(6) == 0 ? Int32(truncatingIfNeeded: random.next()) : Int32(random.below(3))
            row.statusMessage = random.below(3) == 0 ? text(&batch) : .empty
            row.traceState = random.below(3) == 0 ? text(&batch) : .empty
            row.flags = random.below(3) == 0 ? UInt32(truncatingIfNeeded: random.next()) : 0x101
            row.resource = UInt32(random.below(batch.resources.count))
            row.scope = UInt32(random.below(batch.scopes.count))
            row.attributes = list(&batch)
            row.droppedAttributes = small()
            row.droppedEvents = small()
            row.droppedLinks = small()
            for _ in 0..<(random.below(4) == 0 ? random.below(4) : 0) {
                batch.events.append(
                    EventRecord(
                        timeNanoseconds: time(), name: text(&batch), attributes: list(&batch),
                        droppedAttributes: small()))
            }
            for _ in 0..<(random.below(4) == 0 ? random.below(3) : 0) {
                batch.links.append(
                    LinkRecord(
                        traceID: TraceID(high: random.next(), low: random.next()), spanID: id(),
                        traceState: text(&batch), attributes: list(&batch), droppedAttributes: small(),
                        flags: UInt32(truncatingIfNeeded: random.next())))
            }
            batch.append(row: row)
        }
        return batch
    }

    /// Few ids, so that parents, cycles, spans that are their own parents and conflicts all happen.
    private mutating func id() -> SpanID {
        SpanID(random.below(9) == 0 ? random.next() | 1 : UInt64(1 + random.below(40)))
    }

    private mutating func small() -> UInt32 {
        random.below(5) == 0 ? UInt32(truncatingIfNeeded: random.next()) : 0
    }

    private mutating func time() -> UInt64 {
        switch random.below(8) {
        case 0: [0, 1, .max, .max - 1, 1 << 63][random.below(5)]
        case 1: random.next()
        default: 1_790_000_000_000_000_000 + UInt64(random.below(1_000_000_000)) * 1000
        }
    }

    private mutating func text(_ batch: inout SpanBatch) -> StringRef {
        let bytes: [UInt8]
        switch random.below(9) {
        case 0: bytes = []
        case 1: bytes = [0xFF, 0xFE, 0x80, UInt8(random.below(256))]
        case 2: bytes = Array(random.uuid().utf8)
        case 3: bytes = Array("ID-\(1_000_000 + random.below(1000))".utf8)
        case 4: bytes = Array(Hex.string(random.next()).utf8)
        case 5: bytes = (0..<random.below(40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        case 6: bytes = [UInt8](repeating: 0x78, count: random.below(5000))
        default: bytes = Array("word \(random.below(12))".utf8)
        }
        return batch.strings.intern(bytes)
    }

    private mutating func list(_ batch: inout SpanBatch) -> AttributeList {
        let count = random.below(20) == 0 ? 60 + random.below(20) : random.below(7)
        if count == 0 { return .empty }
        // A few layouts come again and again; keys repeat within them and may be empty.
        var layoutRandom = SegmentRandom(seed: UInt64(count * 16 + random.below(3)))
        var fields: [ShapeField] = []
        var payloads: [UInt64] = []
        for _ in 0..<count {
            let key = batch.strings.intern(
                ["", "a", "b", "payment.uetr", "transaction.id", "k"][layoutRandom.below(6)])
            guard let type = ValueType(rawValue: UInt8(layoutRandom.below(8))) else { continue }
            fields.append(ShapeField(key: key, type: type))
            payloads.append(payload(type, &batch))
        }
        let start = UInt32(batch.values.count)
        batch.values += payloads
        return AttributeList(shape: batch.shapes.intern(fields), start: start)
    }

    private mutating func payload(_ type: ValueType, _ batch: inout SpanBatch) -> UInt64 {
        switch type {
        case .empty: return 0
        case .bool: return UInt64(random.below(2))
        case .int:
            let odd: [Int64] = [.min, .max, -1, 0, 1, 200]
            return UInt64(bitPattern: random.below(2) == 0 ? odd[random.below(6)] : Int64(random.below(1000)))
        case .double:
            let odd: [UInt64] = [
                Double.nan.bitPattern, 0x7FF8_0000_DEAD_BEEF, 0xFFF0_0000_0000_0000, (-0.0).bitPattern, 1,
                Double.greatestFiniteMagnitude.bitPattern,
            ]
            return random.below(3) == 0 ? odd[random.below(6)] : (Double(random.below(10_000)) / 100).bitPattern
        case .string, .bytes: return UInt64(text(&batch).rawValue)
        case .array:
            return UInt64(
                batch.strings.intern(NestedValue.encode(array: [.string("x"), .int(Int64(random.below(3)))])).rawValue)
        case .map:
            return UInt64(batch.strings.intern(NestedValue.encode(map: [Attribute("k", .bytes([1, 2]))])).rawValue)
        }
    }
}

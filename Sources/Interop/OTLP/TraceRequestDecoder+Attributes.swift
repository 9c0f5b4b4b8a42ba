import Telemetry

extension TraceRequestDecoder {
    /// Pieces of one array or map beyond its first.
    private static var maximumMerges: Int { 8 }

    /// One attribute of the span itself. Most repeat an attribute of an earlier span of that name, at the same place
    /// and byte for byte: those are not parsed again.
    @inline(__always)
    mutating func spanAttribute(into batch: inout SpanBatch) throws(DecodeFault) {
        let range = try reader.body()
        let index = scratch.count
        let guess = recent.attribute(index)
        if let guess, guess.raw.count == range.count, ByteHash.equal(reader.bytes(guess.raw), reader.bytes(range)),
            index < limits.maximumAttributes
        {
            scratch.push(guess.field, guess.payload)
            return
        }
        let (field, payload) = try keyValue(range, count: index, guess: guess, into: &batch)
        if rejection == nil {
            scratch.push(field, payload)
            recent.record(index, field: field, payload: payload, raw: range)
        }
    }

    /// One attribute of something else than a span. `base` is where the element's own attributes start.
    mutating func attribute(from base: Int, into batch: inout SpanBatch) throws(DecodeFault) {
        let range = try reader.body()
        let (field, payload) = try keyValue(range, count: scratch.count - base, guess: nil, into: &batch)
        if rejection == nil { scratch.push(field, payload) }
    }

    /// A `KeyValue`; `count` attributes stand before it.
    @inline(__always)
    private mutating func keyValue(
        _ range: Range<Int>, count: Int, guess: RecentLayouts.Attribute?, into batch: inout SpanBatch
    ) throws(DecodeFault) -> (ShapeField, UInt64) {
        if count >= limits.maximumAttributes { reject(.tooManyAttributes, at: range.lowerBound) }
        let outer = reader.enter(range)
        var key = StringRef.empty
        var type = ValueType.empty
        var payload: UInt64 = 0
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                let body = try reader.body()
                if let guess, matches(body, guess.field.key, in: batch) {
                    key = guess.field.key
                } else if body.count > limits.maximumKeyBytes {
                    reject(.keyTooLong, at: body.lowerBound)
                } else {
                    key = batch.strings.intern(reader.bytes(body))
                }
            case 2 << 3 | 2:
                let inner = reader.enter(try reader.body())
                try anyValue(&type, &payload, into: &batch)
                reader.leave(inner)
            default: try reader.skip(tag, known: 0b110)
            }
        }
        reader.leave(outer)
        return (ShapeField(key: key, type: type), payload)
    }

    @inline(__always)
    private func matches(_ range: Range<Int>, _ ref: StringRef, in batch: borrowing SpanBatch) -> Bool {
        batch.strings.withBytes(ref) { ByteHash.equal($0, reader.bytes(range)) }
    }

    @inline(__always)
    private mutating func anyValue(
        _ type: inout ValueType, _ payload: inout UInt64, into batch: inout SpanBatch
    ) throws(DecodeFault) {
        var merges = 0
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2:
                type = .string
                payload = UInt64(text(try reader.body(), into: &batch).rawValue)
            case 2 << 3:
                type = .bool
                payload = try reader.varint() == 0 ? 0 : 1
            case 3 << 3:
                type = .int
                payload = try reader.varint()
            case 4 << 3 | 1:
                type = .double
                payload = try reader.fixed64()
            case 5 << 3 | 2: try container(.array, &type, &payload, &merges, into: &batch)
            case 6 << 3 | 2: try container(.map, &type, &payload, &merges, into: &batch)
            case 7 << 3 | 2:
                type = .bytes
                payload = UInt64(text(try reader.body(), into: &batch).rawValue)
            default: try reader.skip(tag, known: 0b1111_1110)
            }
        }
    }

    /// An `ArrayValue` or `KeyValueList`: checked to its depth, kept as it came. One that is repeated merges with the
    /// first, which for these messages is one after the other. No encoder writes one in many pieces, and every merge
    /// copies what came before: beyond a few the span is rejected.
    private mutating func container(
        _ new: ValueType, _ type: inout ValueType, _ payload: inout UInt64, _ merges: inout Int,
        into batch: inout SpanBatch
    ) throws(DecodeFault) {
        let body = try reader.body()
        let outer = reader.enter(body)
        try nested(isMap: new == .map, depth: 1)
        reader.leave(outer)
        if type == new, payload != 0 {
            merges += 1
            guard merges <= Self.maximumMerges else { return reject(.valueTooLong, at: body.lowerBound) }
            let first = batch.strings.bytes(StringRef(UInt32(truncatingIfNeeded: payload)))
            let joined = first + Array(reader.bytes(body))
            if joined.count > limits.maximumValueBytes { reject(.valueTooLong, at: body.lowerBound) }
            payload = UInt64(batch.strings.intern(joined).rawValue)
        } else {
            type = new
            payload = UInt64(text(body, into: &batch).rawValue)
        }
    }

    /// Checks every field below an array or map. Deeper levels than the limit are not entered: the span is rejected.
    private mutating func nested(isMap: Bool, depth: Int) throws(DecodeFault) {
        if depth > maximumDepth {
            reject(.nestedTooDeep, at: reader.position)
            reader.position = reader.end
            return
        }
        while !reader.atEnd {
            let tag = try reader.tag()
            guard tag == 1 << 3 | 2 else {
                try reader.skip(tag, known: 0b10)
                continue
            }
            let outer = reader.enter(try reader.body())
            if isMap {
                try nestedEntry(depth: depth)
            } else {
                try nestedValue(depth: depth)
            }
            reader.leave(outer)
        }
    }

    private mutating func nestedEntry(depth: Int) throws(DecodeFault) {
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2: _ = try reader.body()
            case 2 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try nestedValue(depth: depth)
                reader.leave(outer)
            default: try reader.skip(tag, known: 0b110)
            }
        }
    }

    private mutating func nestedValue(depth: Int) throws(DecodeFault) {
        while !reader.atEnd {
            let tag = try reader.tag()
            switch tag {
            case 1 << 3 | 2, 7 << 3 | 2: _ = try reader.body()
            case 2 << 3, 3 << 3: _ = try reader.varint()
            case 4 << 3 | 1: _ = try reader.fixed64()
            case 5 << 3 | 2, 6 << 3 | 2:
                let outer = reader.enter(try reader.body())
                try nested(isMap: tag == 6 << 3 | 2, depth: depth + 1)
                reader.leave(outer)
            default: try reader.skip(tag, known: 0b1111_1110)
            }
        }
    }
}

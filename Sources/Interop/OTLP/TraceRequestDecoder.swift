import Telemetry

/// The state of reading one request; lives inside `OTLPTraceDecoder.decode`.
struct TraceRequestDecoder {
    let limits: OTLPLimits
    let maximumDepth: Int
    var reader: ProtobufReader
    var scratch: AttributeScratch
    var recent = RecentLayouts()
    var resources = ContentTable()
    var scopes = ContentTable()
    /// Why the span (or resource, or scope) being read cannot be used; the first reason stays.
    var rejection: OTLPRejection?
    var spansSeen = 0
    var rejected = 0
    var firstRejection: OTLPRejection?

    init(limits: OTLPLimits, reader: ProtobufReader) {
        self.limits = limits
        self.reader = reader
        maximumDepth = min(limits.maximumDepth, NestedValue.maximumDepth)
        // A span's attributes, and above them those of one event or link.
        scratch = AttributeScratch(capacity: 2 * limits.maximumAttributes + 2)
    }

    /// Gives the working memory back; the value is of no use afterwards.
    func free() {
        scratch.free()
        recent.free()
    }

    /// `ExportTraceServiceRequest`.
    mutating func request(into batch: inout SpanBatch) throws(DecodeFault) {
        while !reader.atEnd {
            let tag = try reader.tag()
            if tag == 1 << 3 | 2 {
                let outer = reader.enter(try reader.body())
                try resourceSpans(into: &batch)
                reader.leave(outer)
            } else {
                try reader.skip(tag, known: 1 << 1)
            }
        }
    }

    /// Notes why the element being read is unusable.
    mutating func reject(_ reason: OTLPRejection.Reason, at offset: Int) {
        if rejection == nil { rejection = OTLPRejection(reason: reason, offset: offset) }
    }

    /// Interns a string or byte string within the limit on values.
    @inline(__always)
    mutating func text(_ range: Range<Int>, into batch: inout SpanBatch) -> StringRef {
        if range.count > limits.maximumValueBytes {
            reject(.valueTooLong, at: range.lowerBound)
            return .empty
        }
        return batch.strings.intern(reader.bytes(range))
    }
}

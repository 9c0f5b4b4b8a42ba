import Telemetry

/// The state of reading one list of Zipkin spans; lives inside `ZipkinSpanDecoder.decode`.
struct ZipkinRequestDecoder {
    let limits: OTLPLimits
    let names = ZipkinName.table
    let tags = ZipkinTag.table
    var reader: JSONReader
    var scratch: AttributeScratch
    var recent = RecentLayouts()
    var resources = ZipkinResources()
    var localEndpoints = ZipkinRecentEndpoint()
    var remoteEndpoints = ZipkinRecentEndpoint()
    /// Why the span being read cannot be used; the first reason stays.
    var rejection: OTLPRejection?
    var rejected = 0
    var firstRejection: OTLPRejection?

    init(limits: OTLPLimits, reader: JSONReader) {
        self.limits = limits
        self.reader = reader
        // Tags, and what the endpoints and flags add to them.
        scratch = AttributeScratch(capacity: limits.maximumAttributes + ZipkinSpanDraft.maximumAddedAttributes)
    }

    /// Gives the working memory back; the value is of no use afterwards.
    func free() {
        reader.free()
        scratch.free()
        recent.free()
    }

    struct Members {
        var isFirst = true
        var seen: UInt128 = 0
    }

    /// The next member that Zipkin knows, the cursor at its value; `nil` at the object's end.
    @inline(__always)
    mutating func next(_ members: inout Members) throws(DecodeFault) -> ZipkinName? {
        ZipkinName(rawValue: try reader.nextField(names, &members.isFirst, &members.seen))
    }

    /// Notes why the span being read is unusable.
    mutating func reject(_ reason: OTLPRejection.Reason, at offset: Int) {
        if rejection == nil { rejection = OTLPRejection(reason: reason, offset: offset) }
    }

    /// Interns a string within the limit on values.
    @inline(__always)
    mutating func text(into batch: inout SpanBatch) throws(DecodeFault) -> StringRef {
        let bytes = try reader.string()
        if bytes.count > limits.maximumValueBytes {
            reject(.valueTooLong, at: reader.position - 1)
            return .empty
        }
        return batch.strings.intern(bytes)
    }

    /// The list.
    mutating func spans(into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterArray()
        var isFirst = true
        var count = 0
        while try reader.nextElement(&isFirst) {
            count += 1
            if count > limits.maximumSpans { throw .tooManySpans }
            try span(into: &batch)
        }
        try reader.finish()
    }
}

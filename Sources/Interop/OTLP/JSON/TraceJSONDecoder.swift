import Telemetry

/// The state of reading one JSON request; lives inside `OTLPTraceJSONDecoder.decode`.
struct TraceJSONDecoder {
    let limits: OTLPLimits
    let maximumDepth: Int
    let names = OTLPName.table
    var reader: JSONReader
    var scratch: AttributeScratch
    var recent = RecentLayouts()
    var resources = ContentTable()
    var scopes = ContentTable()
    /// Why the span (or resource, or scope) being read cannot be used; the first reason stays.
    var rejection: OTLPRejection?
    var spansSeen = 0
    var rejected = 0
    var firstRejection: OTLPRejection?

    init(limits: OTLPLimits, reader: JSONReader) {
        self.limits = limits
        self.reader = reader
        maximumDepth = min(limits.maximumDepth, NestedValue.maximumDepth)
        // A span's attributes, and above them those of one event or link.
        scratch = AttributeScratch(capacity: 2 * limits.maximumAttributes + 2)
    }

    /// Gives the working memory back; the value is of no use afterwards.
    func free() {
        reader.free()
        scratch.free()
        recent.free()
    }

    /// What iterating over an object's members needs.
    struct Members {
        var isFirst = true
        var seen: UInt128 = 0
    }

    /// The next member that OTLP knows, the cursor at its value; `nil` at the object's end.
    @inline(__always)
    mutating func next(_ members: inout Members) throws(DecodeFault) -> OTLPName? {
        OTLPName(rawValue: try reader.nextField(names, &members.isFirst, &members.seen))
    }

    /// Notes why the element being read is unusable.
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

    /// `ExportTraceServiceRequest`.
    mutating func request(into batch: inout SpanBatch) throws(DecodeFault) {
        try reader.enterObject()
        var members = Members()
        while let name = try next(&members) {
            guard name == .resourceSpans else {
                try reader.skip()
                continue
            }
            try reader.enterArray()
            var isFirst = true
            while try reader.nextElement(&isFirst) { try resourceSpans(into: &batch) }
        }
        try reader.finish()
    }
}

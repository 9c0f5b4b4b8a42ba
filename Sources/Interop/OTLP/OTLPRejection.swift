/// Why one span, or one resource or scope, cannot be used although its protobuf is sound.
struct OTLPRejection: Sendable {
    enum Reason: UInt8, Sendable {
        case traceID, spanID, parentSpanID, linkID
        case missingTraceID, missingSpanID
        case tooManyAttributes, tooManyEvents, tooManyLinks
        case keyTooLong, valueTooLong, nestedTooDeep
        /// In JSON only.
        case traceIDDigits, spanIDDigits, parentSpanIDDigits, linkIDDigits, base64ID, base64Value, enumName
        case zipkinTraceID, zipkinSpanID, zipkinKind, microseconds
    }

    var reason: Reason
    /// Where in the request the field is.
    var offset: Int

    func sentence(_ limits: OTLPLimits) -> String {
        switch reason {
        case .traceID: "trace_id must be 16 bytes and not all zero"
        case .spanID: "span_id must be 8 bytes and not all zero"
        case .parentSpanID: "parent_span_id must be 8 bytes or empty"
        case .linkID: "a link's trace_id must be 16 bytes and its span_id 8 bytes, or empty"
        case .missingTraceID: "the span has no trace_id"
        case .missingSpanID: "the span has no span_id"
        case .tooManyAttributes: "more than \(limits.maximumAttributes) attributes (limit spanAttributes)"
        case .tooManyEvents: "more than \(limits.maximumEventsPerSpan) events (limit spanEvents)"
        case .tooManyLinks: "more than \(limits.maximumLinksPerSpan) links (limit spanLinks)"
        case .keyTooLong: "an attribute key is longer than \(limits.maximumKeyBytes) bytes (limit keyBytes)"
        case .valueTooLong: "a value is longer than \(limits.maximumValueBytes) bytes (limit valueBytes)"
        case .nestedTooDeep: "arrays and maps nest deeper than \(limits.maximumDepth) (limit nestingDepth)"
        case .traceIDDigits: "traceId must be 32 hexadecimal digits and not all zero"
        case .spanIDDigits: "spanId must be 16 hexadecimal digits and not all zero"
        case .parentSpanIDDigits: "parentSpanId must be 16 hexadecimal digits or empty"
        case .linkIDDigits: "a link's traceId must be 32 and its spanId 16 hexadecimal digits, or empty"
        case .base64ID: "the id is not hexadecimal; it looks like base64, which OTLP JSON does not use for ids"
        case .base64Value: "bytesValue must be base64"
        case .enumName: "the enum has no value of that name"
        case .zipkinTraceID: "traceId must be 1 to 32 hexadecimal digits and not all zero"
        case .zipkinSpanID: "a span's id must be 1 to 16 hexadecimal digits and not all zero"
        case .zipkinKind: "kind must be CLIENT, SERVER, PRODUCER or CONSUMER"
        case .microseconds: "a time in microseconds does not fit in 64 bits of nanoseconds"
        }
    }
}

/// Why one span, or one resource or scope, cannot be used although its protobuf is sound.
struct OTLPRejection: Sendable {
    enum Reason: UInt8, Sendable {
        case traceID, spanID, parentSpanID, linkID
        case missingTraceID, missingSpanID
        case tooManyAttributes, tooManyEvents, tooManyLinks
        case keyTooLong, valueTooLong, nestedTooDeep
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
        }
    }
}

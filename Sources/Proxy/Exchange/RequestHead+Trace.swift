import Interop

extension RequestHead {
    /// The trace the request belongs to; `nil` when no header names a sound one.
    func traceContext() -> TraceContext? {
        hasTraceparent || hasB3 ? TraceContext.extract(from: fields) : nil
    }
}

extension FieldSection: TraceHeaders {
    package func withValue<R>(of header: TraceHeader, _ body: (UnsafeRawBufferPointer) -> R?) -> R? {
        let name = FieldName(header)
        var found: HeaderField?
        for field in fields where field.name == name {
            if found != nil { return nil }
            found = field
        }
        return found.flatMap { withBytes($0.valueRange, body) }
    }

    package func values(of header: TraceHeader) -> [String] {
        let name = FieldName(header)
        return fields.filter { $0.name == name }.map { string($0.valueRange) }
    }
}

extension FieldName {
    fileprivate init(_ header: TraceHeader) {
        self =
            switch header {
            case .traceParent: .traceparent
            case .traceState: .tracestate
            case .b3: .b3
            case .b3TraceID: .b3TraceID
            case .b3SpanID: .b3SpanID
            case .b3ParentSpanID: .b3ParentSpanID
            case .b3Sampled: .b3Sampled
            case .b3Flags: .b3Flags
            }
    }
}

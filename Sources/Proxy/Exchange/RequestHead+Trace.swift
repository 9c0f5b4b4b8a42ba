import Interop

extension RequestHead {
    /// The trace the request belongs to: W3C Trace Context, else B3, single or multiple headers; `nil` when none of
    /// them is sound.
    func traceContext() -> TraceContext? {
        if hasTraceparent, let context = w3cContext() { return context }
        return hasB3 ? b3Context() : nil
    }

    private func w3cContext() -> TraceContext? {
        var found: HeaderField?
        for field in fields.fields where field.name == .traceparent {
            if found != nil { return nil }
            found = field
        }
        guard let found, var context = fields.withBytes(found.valueRange, { W3C.parse(traceParent: $0) }) else {
            return nil
        }
        if hasTracestate {
            let values = fields.fields.filter { $0.name == .tracestate }.map { fields.string($0.valueRange) }
            context.traceState = TraceState.combine(values) ?? ""
        }
        return context
    }

    private func b3Context() -> TraceContext? {
        if let single = fields.first(.b3), let context = fields.withBytes(single.valueRange, { B3.parse(single: $0) }) {
            return context
        }
        guard let traceID = text(.b3TraceID), let spanID = text(.b3SpanID) else { return nil }
        return B3.parse(traceID: traceID, spanID: spanID, sampled: text(.b3Sampled), flags: text(.b3Flags))
    }

    private func text(_ name: FieldName) -> String? { fields.first(name).map { fields.string($0.valueRange) } }
}

import Telemetry

extension AttributeScratch {
    /// Moves the pending attributes from `base` on into the batch.
    mutating func flush(from base: Int, into batch: inout SpanBatch) -> AttributeList {
        if count == base { return .empty }
        let shape = batch.shapes.intern(fields(from: base))
        return AttributeList(shape: shape, start: move(from: base, into: &batch))
    }

    /// The same for a span's own attributes, whose layout mostly is the one of the span before.
    @inline(__always)
    mutating func flushSpan(_ recent: inout RecentLayouts, into batch: inout SpanBatch) -> AttributeList {
        if count == 0 { return .empty }
        let shape = recent.shape(of: self) ?? batch.shapes.intern(fields(from: 0))
        recent.end(count, shape: shape)
        return AttributeList(shape: shape, start: move(from: 0, into: &batch))
    }

    @inline(__always)
    private mutating func move(from base: Int, into batch: inout SpanBatch) -> UInt32 {
        let start = UInt32(truncatingIfNeeded: batch.values.count)
        batch.values.append(contentsOf: payloads(from: base))
        count = base
        return start
    }
}

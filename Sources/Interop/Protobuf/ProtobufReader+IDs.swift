import Telemetry

extension ProtobufReader {
    /// 16 bytes, else the invalid id.
    @inline(__always)
    func traceID(_ range: Range<Int>) -> TraceID {
        guard range.count == 16 else { return TraceID(high: 0, low: 0) }
        return TraceID(
            high: UInt64(bigEndian: base.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)),
            low: UInt64(bigEndian: base.loadUnaligned(fromByteOffset: range.lowerBound &+ 8, as: UInt64.self)))
    }

    /// 8 bytes, else the invalid id.
    @inline(__always)
    func spanID(_ range: Range<Int>) -> SpanID {
        guard range.count == 8 else { return .none }
        return SpanID(
            UInt64(bigEndian: base.loadUnaligned(fromByteOffset: range.lowerBound, as: UInt64.self)))
    }
}

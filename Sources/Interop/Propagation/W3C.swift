import Telemetry

/// The W3C Trace Context headers `traceparent` and `tracestate`.
///
/// Source: https://www.w3.org/TR/trace-context/ §3.2 (traceparent), §3.3 (tracestate), §4.3 (versioning).
public enum W3C {
    /// Bytes of a `traceparent` of version 00.
    public static let traceParentBytes = 55

    /// The context of a request. `traceState` holds the values of all `tracestate` headers in order. A `tracestate` that
    /// cannot be parsed is left out and the trace goes on without it (§3.3.1); a `traceparent` that cannot be parsed
    /// makes the whole answer `nil`, as do several of them (§3.2.1 allows one: pass it, or `nil` when there are more).
    public static func parse(traceParent: String, traceState: [String] = []) -> TraceContext? {
        var header = traceParent
        guard var context = header.withUTF8({ parse(traceParent: UnsafeRawBufferPointer($0)) }) else { return nil }
        if !traceState.isEmpty { context.traceState = TraceState.combine(traceState) ?? "" }
        return context
    }

    /// A `traceparent` value. Later versions than 00 are read by their first 55 bytes when a `-` or nothing follows
    /// them, and only the flags that version 00 knows are kept; version `ff` is invalid.
    public static func parse(traceParent bytes: UnsafeRawBufferPointer) -> TraceContext? {
        guard bytes.count >= traceParentBytes, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
            let version = HexDigits.parse(bytes, 0..<2), version != 0xFF,
            let high = HexDigits.parse(bytes, 3..<19), let low = HexDigits.parse(bytes, 19..<35), high | low != 0,
            let parent = HexDigits.parse(bytes, 36..<52), parent != 0,
            let flags = HexDigits.parse(bytes, 53..<55)
        else { return nil }
        if bytes.count > traceParentBytes, version == 0 || bytes[55] != 0x2D { return nil }
        let known = TraceContext.sampled | TraceContext.randomTraceID
        return TraceContext(
            traceID: TraceID(high: high, low: low), parentSpanID: SpanID(parent),
            flags: version == 0 ? UInt8(flags) : UInt8(flags) & known)
    }

    /// The `traceparent` to send: version 00, `spanID` being the sender's own span.
    public static func traceParent(traceID: TraceID, spanID: SpanID, flags: UInt8) -> String {
        String(unsafeUninitializedCapacity: traceParentBytes) { buffer in
            buffer[0] = 0x30
            buffer[1] = 0x30
            buffer[2] = 0x2D
            Hex.write(traceID.high, to: UnsafeMutableBufferPointer(rebasing: buffer[3...]))
            Hex.write(traceID.low, to: UnsafeMutableBufferPointer(rebasing: buffer[19...]))
            buffer[35] = 0x2D
            Hex.write(spanID.rawValue, to: UnsafeMutableBufferPointer(rebasing: buffer[36...]))
            buffer[52] = 0x2D
            for (index, nibble) in [(53, flags >> 4), (54, flags & 0xF)] {
                buffer[index] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
            }
            return traceParentBytes
        }
    }
}

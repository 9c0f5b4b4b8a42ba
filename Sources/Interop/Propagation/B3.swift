import Telemetry

/// Zipkin's B3 propagation, read only: the proxy continues such traces and sends W3C headers on.
///
/// Source: https://github.com/openzipkin/b3-propagation (single header, multiple headers). Ids are lower-case
/// hexadecimal there; upper case is taken too, because senders exist. A trace id of 16 digits is widened with zeros.
public enum B3 {
    public static let singleHeader = "b3"
    public static let traceIDHeader = "x-b3-traceid"
    public static let spanIDHeader = "x-b3-spanid"
    public static let sampledHeader = "x-b3-sampled"
    public static let flagsHeader = "x-b3-flags"

    /// `{trace id}-{span id}[-{sampling state}[-{parent span id}]]`; `nil` for anything else, and for a bare sampling
    /// state (`0`), which names no trace.
    public static func parse(single: String) -> TraceContext? {
        var single = single
        return single.withUTF8 { parse(single: UnsafeRawBufferPointer($0)) }
    }

    public static func parse(single bytes: UnsafeRawBufferPointer) -> TraceContext? {
        guard let dash = bytes.firstIndex(of: 0x2D), dash == 16 || dash == 32,
            let traceID = traceID(bytes, 0..<dash), bytes.count >= dash + 17,
            let span = HexDigits.parse(bytes, dash + 1..<dash + 17, allowUpperCase: true), span != 0
        else { return nil }
        var context = TraceContext(traceID: traceID, parentSpanID: SpanID(span))
        var position = dash + 17
        if position == bytes.count { return context }
        guard bytes[position] == 0x2D, position + 1 < bytes.count else { return nil }
        position += 1
        if position + 1 == bytes.count || bytes[position + 1] == 0x2D {
            switch bytes[position] {
            case 0x31, 0x64: context.flags = TraceContext.sampled
            case 0x30: context.flags = 0
            default: return nil
            }
            position += 1
            if position == bytes.count { return context }
            position += 1
        }
        guard bytes.count == position + 16, HexDigits.parse(bytes, position..<bytes.count, allowUpperCase: true) != nil
        else { return nil }
        return context
    }

    /// The `X-B3-…` headers. `sampled` is `1`, `0`, `true` or `false`; `flags` `1` is debug, which implies sampled.
    public static func parse(
        traceID: String, spanID: String, sampled: String? = nil, flags: String? = nil
    ) -> TraceContext? {
        var traceText = traceID
        var spanText = spanID
        guard
            let trace = traceText.withUTF8({ bytes -> TraceID? in
                guard bytes.count == 16 || bytes.count == 32 else { return nil }
                return Self.traceID(UnsafeRawBufferPointer(bytes), 0..<bytes.count)
            }),
            let span = spanText.withUTF8({ bytes -> UInt64? in
                guard bytes.count == 16 else { return nil }
                return HexDigits.parse(UnsafeRawBufferPointer(bytes), 0..<16, allowUpperCase: true)
            }), span != 0
        else { return nil }
        var context = TraceContext(traceID: trace, parentSpanID: SpanID(span))
        if flags == "1" || sampled == "1" || sampled == "true" { context.flags = TraceContext.sampled }
        return context
    }

    private static func traceID(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> TraceID? {
        let split = range.upperBound - 16
        guard let low = HexDigits.parse(bytes, split..<range.upperBound, allowUpperCase: true),
            let high = HexDigits.parse(bytes, range.lowerBound..<split, allowUpperCase: true), high | low != 0
        else { return nil }
        return TraceID(high: high, low: low)
    }
}

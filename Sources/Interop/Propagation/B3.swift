import Telemetry

/// Zipkin's B3 propagation: one header or several.
///
/// Source: https://github.com/openzipkin/b3-propagation. Ids are lower-case hexadecimal there; upper case is taken too,
/// because senders exist. A trace id of 16 digits is widened with zeros, and written with 16 digits again.
public enum B3 {
    /// `{trace id}-{span id}[-{sampling state}[-{parent span id}]]`; `nil` for anything else, and for a bare sampling
    /// state (`0`), which names no trace.
    public static func parse(single bytes: UnsafeRawBufferPointer) -> TraceContext? {
        guard let dash = bytes.prefix(33).firstIndex(of: 0x2D), bytes.count >= dash + 17 else { return nil }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[(dash + 17)...])
        guard let sampling = sampling(rest) else { return nil }
        return parse(
            traceID: UnsafeRawBufferPointer(rebasing: bytes[..<dash]),
            spanID: UnsafeRawBufferPointer(rebasing: bytes[(dash + 1)..<(dash + 17)]), sampling: sampling)
    }

    /// The values of `X-B3-TraceId` and `X-B3-SpanId`, with what the other headers say about sampling.
    public static func parse(
        traceID: UnsafeRawBufferPointer, spanID: UnsafeRawBufferPointer, sampling: B3Sampling
    ) -> TraceContext? {
        guard traceID.count == 16 || traceID.count == 32, spanID.count == 16 else { return nil }
        let split = traceID.count - 16
        guard let high = HexDigits.parse(traceID, 0..<split, allowUpperCase: true),
            let low = HexDigits.parse(traceID, split..<traceID.count, allowUpperCase: true), high | low != 0,
            let span = HexDigits.parse(spanID, 0..<16, allowUpperCase: true), span != 0
        else { return nil }
        return TraceContext(
            traceID: TraceID(high: high, low: low), parentSpanID: SpanID(span), flags: sampling.flags,
            isDebug: sampling == .debug)
    }

    /// What follows the span id: nothing, `-{state}`, `-{state}-{parent}`, or `-{parent}` alone, as some write.
    private static func sampling(_ bytes: UnsafeRawBufferPointer) -> B3Sampling? {
        if bytes.isEmpty { return .deferred }
        guard bytes[0] == 0x2D else { return nil }
        switch bytes.count {
        case 2: return B3Sampling(letter: bytes[1])
        case 17: return HexDigits.parse(bytes, 1..<17, allowUpperCase: true) == nil ? nil : .deferred
        case 19:
            guard bytes[2] == 0x2D, HexDigits.parse(bytes, 3..<19, allowUpperCase: true) != nil else { return nil }
            return B3Sampling(letter: bytes[1])
        default: return nil
        }
    }

    /// The value of the single header to send on, `spanID` being the sender's own span.
    public static func single(_ context: TraceContext, spanID: SpanID) -> String {
        "\(digits(context.traceID))-\(spanID)-\(context.isDebug ? "d" : context.isSampled ? "1" : "0")"
    }

    /// The headers to send on, `spanID` being the sender's own span and `context.parentSpanID` its parent.
    public static func headers(_ context: TraceContext, spanID: SpanID) -> [(header: TraceHeader, value: String)] {
        var headers: [(header: TraceHeader, value: String)] = [
            (.b3TraceID, digits(context.traceID)), (.b3SpanID, spanID.description),
        ]
        if context.parentSpanID.isValid { headers.append((.b3ParentSpanID, context.parentSpanID.description)) }
        // Debug implies sampled, which is then not said (§Debug Flag).
        headers.append(context.isDebug ? (.b3Flags, "1") : (.b3Sampled, context.isSampled ? "1" : "0"))
        return headers
    }

    private static func digits(_ id: TraceID) -> String { id.high == 0 ? Hex.string(id.low) : id.description }
}

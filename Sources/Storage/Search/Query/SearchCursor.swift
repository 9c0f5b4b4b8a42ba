import Telemetry

/// The place of a span in the order of answers: newest start first, then trace id, span id, and, for spans with the same
/// ids, content. The order depends on the spans alone, so a cursor stays valid whatever is stored, sealed or compacted
/// meanwhile.
public struct SearchCursor: Sendable, Hashable, Comparable {
    public var startNanoseconds: UInt64
    public var traceID: TraceID
    public var spanID: SpanID
    /// The first 64 bits of the span's content hash.
    public var content: UInt64

    public init(startNanoseconds: UInt64, traceID: TraceID, spanID: SpanID, content: UInt64) {
        self.startNanoseconds = startNanoseconds
        self.traceID = traceID
        self.spanID = spanID
        self.content = content
    }

    /// Whether `left` comes before `right` in an answer.
    public static func < (left: SearchCursor, right: SearchCursor) -> Bool {
        if left.startNanoseconds != right.startNanoseconds { return left.startNanoseconds > right.startNanoseconds }
        if left.traceID != right.traceID { return left.traceID < right.traceID }
        return left.spanID != right.spanID ? left.spanID < right.spanID : left.content < right.content
    }
}

extension SearchCursor: CustomStringConvertible {
    /// 80 hexadecimal digits: start, trace id, span id, content.
    public var description: String {
        "\(Hex.string(startNanoseconds))\(traceID)\(spanID)\(Hex.string(content))"
    }

    /// Reads what `description` wrote; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 80 else { return nil }
        var words: [UInt64] = []
        for start in stride(from: 0, to: 80, by: 16) {
            guard let word = Hex.parse(digits[start..<start + 16]) else { return nil }
            words.append(word)
        }
        self.init(
            startNanoseconds: words[0], traceID: TraceID(high: words[1], low: words[2]), spanID: SpanID(words[3]),
            content: words[4])
    }
}

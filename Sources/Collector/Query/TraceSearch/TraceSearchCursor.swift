import Telemetry

/// The place of a trace in the order of answers: first the traces with the newest span in the answer, by that span's
/// start; among equals by trace id. It depends on the query and the spans alone, so a cursor stays valid whatever is
/// stored, sealed or compacted meanwhile.
public struct TraceSearchCursor: Sendable, Hashable, Comparable {
    /// When the newest span in the answer started, Unix nanoseconds.
    public var startNanoseconds: UInt64
    public var traceID: TraceID

    public init(startNanoseconds: UInt64, traceID: TraceID) {
        self.startNanoseconds = startNanoseconds
        self.traceID = traceID
    }

    /// Whether `left` comes before `right` in an answer.
    public static func < (left: TraceSearchCursor, right: TraceSearchCursor) -> Bool {
        left.startNanoseconds != right.startNanoseconds
            ? left.startNanoseconds > right.startNanoseconds : left.traceID < right.traceID
    }

    /// The last place before this one; `nil` before the first of all.
    var previous: TraceSearchCursor? {
        if traceID.low > 0 {
            let id = TraceID(high: traceID.high, low: traceID.low - 1)
            return TraceSearchCursor(startNanoseconds: startNanoseconds, traceID: id)
        }
        if traceID.high > 0 {
            let id = TraceID(high: traceID.high - 1, low: .max)
            return TraceSearchCursor(startNanoseconds: startNanoseconds, traceID: id)
        }
        guard startNanoseconds < .max else { return nil }
        return TraceSearchCursor(startNanoseconds: startNanoseconds + 1, traceID: TraceID(high: .max, low: .max))
    }
}

extension TraceSearchCursor: CustomStringConvertible {
    /// 48 hexadecimal digits: start, trace id.
    public var description: String { "\(Hex.string(startNanoseconds))\(traceID)" }

    /// Reads what `description` wrote; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 48, let start = Hex.parse(digits[0..<16]), let high = Hex.parse(digits[16..<32]),
            let low = Hex.parse(digits[32..<48])
        else { return nil }
        self.init(startNanoseconds: start, traceID: TraceID(high: high, low: low))
    }
}

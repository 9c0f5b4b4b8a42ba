import Interop
import Telemetry

/// Builds requests byte by byte, right and wrong ones.
enum Request {
    struct Decoded {
        var batch: SpanBatch
        var outcome: OTLPDecodeOutcome
        var spans: [Span] { (0..<batch.count).map { batch.span($0) } }
    }

    static func decode(_ bytes: [UInt8], limits: OTLPLimits = OTLPLimits()) throws -> Decoded {
        var batch = SpanBatch()
        var decoder = OTLPTraceDecoder(limits: limits)
        let outcome = try bytes.withUnsafeBytes { try decoder.decode($0, into: &batch) }
        return Decoded(batch: batch, outcome: outcome)
    }

    /// The error that refuses `bytes`; `nil` when they are taken.
    static func refusal(_ bytes: [UInt8], limits: OTLPLimits = OTLPLimits()) -> OTLPError? {
        do {
            _ = try decode(bytes, limits: limits)
            return nil
        } catch {
            return error as? OTLPError
        }
    }

    static func varint(_ value: Int) -> [UInt8] {
        var rest = UInt64(value)
        var bytes: [UInt8] = []
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func field(_ number: Int, _ body: [UInt8]) -> [UInt8] { varint(number << 3 | 2) + varint(body.count) + body }

    static func keyValue(_ key: String, _ value: String) -> [UInt8] {
        field(1, Array(key.utf8)) + field(2, field(1, Array(value.utf8)))
    }

    /// A span's ids.
    static func span() -> [UInt8] {
        field(1, Array(repeating: 1, count: 16)) + field(2, Array(repeating: 2, count: 8))
    }

    /// A request with one span that has these fields besides its ids.
    static func one(_ fields: [UInt8]) -> [UInt8] { field(1, field(2, field(2, span() + fields))) }

    static func hex(_ text: String) -> [UInt8] { Hex.bytes(text.filter { !$0.isWhitespace })! }
}

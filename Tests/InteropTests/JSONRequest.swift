import Interop
import Telemetry

/// Decodes requests in OTLP JSON, right and wrong ones.
enum JSONRequest {
    static func decode(_ bytes: [UInt8], limits: OTLPLimits = OTLPLimits()) throws -> Request.Decoded {
        var batch = SpanBatch()
        let decoder = OTLPTraceJSONDecoder(limits: limits)
        let outcome = try bytes.withUnsafeBytes { try decoder.decode($0, into: &batch) }
        return Request.Decoded(batch: batch, outcome: outcome)
    }

    static func decode(_ text: String, limits: OTLPLimits = OTLPLimits()) throws -> Request.Decoded {
        try decode(Array(text.utf8), limits: limits)
    }

    /// The error that refuses `text`; `nil` when it is taken.
    static func refusal(_ bytes: [UInt8], limits: OTLPLimits = OTLPLimits()) -> OTLPError? {
        do {
            _ = try decode(bytes, limits: limits)
            return nil
        } catch {
            return error as? OTLPError
        }
    }

    static func refusal(_ text: String, limits: OTLPLimits = OTLPLimits()) -> OTLPError? {
        refusal(Array(text.utf8), limits: limits)
    }

    static let ids = #""traceId":"01010101010101010101010101010101","spanId":"0202020202020202""#

    /// A request with one span that has these members besides its ids.
    static func one(_ members: String) -> String {
        let members = members.isEmpty ? "" : "," + members
        return #"{"resourceSpans":[{"scopeSpans":[{"spans":[{\#(ids)\#(members)}]}]}]}"#
    }

    /// A request with one span that has one attribute of this value.
    static func attribute(_ value: String) -> String { one(#""attributes":[{"key":"k","value":\#(value)}]"#) }

    /// The value of the one attribute of `attribute(_:)`.
    static func value(_ value: String) throws -> AttributeValue? {
        try decode(attribute(value)).spans.first?.attributes.first?.value
    }
}

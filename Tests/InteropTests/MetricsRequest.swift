import Interop
import Telemetry

/// Decodes metrics requests, right and wrong ones.
enum MetricsRequest {
    static func decode(
        _ bytes: [UInt8], limits: OTLPMetricsLimits = OTLPMetricsLimits()
    ) throws -> OTLPMetricsOutcome {
        let decoder = OTLPMetricsDecoder(limits: limits)
        return try bytes.withUnsafeBytes { try decoder.decode($0) }
    }

    /// The error that refuses `bytes`; `nil` when they are taken.
    static func refusal(_ bytes: [UInt8], limits: OTLPMetricsLimits = OTLPMetricsLimits()) -> OTLPError? {
        do {
            _ = try decode(bytes, limits: limits)
            return nil
        } catch {
            return error as? OTLPError
        }
    }

    /// A request with one metric, `fields` being what follows its name.
    static func metric(_ fields: [UInt8], name: String = "m") -> [UInt8] {
        Request.field(1, Request.field(2, Request.field(2, Request.field(1, Array(name.utf8)) + fields)))
    }

    /// A point's value: `as_int` 1.
    static let one = Request.varint(6 << 3 | 1) + [1, 0, 0, 0, 0, 0, 0, 0]

    static func double(_ number: Int, _ value: Double) -> [UInt8] {
        Request.varint(number << 3 | 1)
            + (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
    }

    static func packed(_ number: Int, _ values: [Double]) -> [UInt8] {
        Request.field(number, values.flatMap { double(1, $0).dropFirst() })
    }
}

import Interop

/// One format that metrics come in: how its requests are read.
package struct MetricFormat: Sendable {
    package typealias Decode = @Sendable (_ body: UnsafeRawBufferPointer) -> Result<OTLPMetricsOutcome, OTLPError>

    /// Longer requests are decoded away from the event loop, so that one sender's does not delay the others.
    let inlineBytes: Int
    let decode: Decode

    package init(inlineBytes: Int, decode: @escaping Decode) {
        self.inlineBytes = inlineBytes
        self.decode = decode
    }

    /// `ExportMetricsServiceRequest`.
    package static func otlpProtobuf(_ limits: OTLPMetricsLimits) -> MetricFormat {
        MetricFormat(inlineBytes: 64 << 10) { body in
            do throws(OTLPError) {
                return .success(try OTLPMetricsDecoder(limits: limits).decode(body))
            } catch {
                return .failure(error)
            }
        }
    }

    /// `ExportMetricsServiceRequest` in OTLP JSON.
    package static func otlpJSON(_ limits: OTLPMetricsLimits) -> MetricFormat {
        MetricFormat(inlineBytes: 32 << 10) { body in
            do throws(OTLPError) {
                return .success(try OTLPMetricsJSONDecoder(limits: limits).decode(body))
            } catch {
                return .failure(error)
            }
        }
    }
}

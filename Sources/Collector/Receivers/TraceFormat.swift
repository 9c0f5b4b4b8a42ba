import Interop
import Telemetry

/// One format that spans come in: how its requests are read into a batch.
package struct TraceFormat: Sendable {
    package typealias Decode =
        @Sendable (_ body: UnsafeRawBufferPointer, _ batch: inout SpanBatch) -> Result<OTLPDecodeOutcome, OTLPError>

    /// Longer requests are decoded away from the event loop, so that one sender's does not delay the others.
    let inlineBytes: Int
    let decode: Decode

    package init(inlineBytes: Int, decode: @escaping Decode) {
        self.inlineBytes = inlineBytes
        self.decode = decode
    }

    /// `ExportTraceServiceRequest`.
    package static func otlpProtobuf(_ limits: OTLPLimits) -> TraceFormat {
        TraceFormat(inlineBytes: 256 << 10) { body, batch in
            var decoder = OTLPTraceDecoder(limits: limits)
            do throws(OTLPError) {
                return .success(try decoder.decode(body, into: &batch))
            } catch {
                return .failure(error)
            }
        }
    }
}

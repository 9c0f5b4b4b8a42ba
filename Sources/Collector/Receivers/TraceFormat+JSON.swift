import Interop
import Telemetry

extension TraceFormat {
    /// JSON takes several times as long to read as protobuf of the same size.
    private static let inlineJSONBytes = 64 << 10

    /// `ExportTraceServiceRequest` in OTLP JSON.
    package static func otlpJSON(_ limits: OTLPLimits) -> TraceFormat {
        TraceFormat(inlineBytes: inlineJSONBytes) { body, batch in
            do throws(OTLPError) {
                return .success(try OTLPTraceJSONDecoder(limits: limits).decode(body, into: &batch))
            } catch {
                return .failure(error)
            }
        }
    }

    /// A list of spans in Zipkin's JSON, version 2.
    package static func zipkinJSON(_ limits: OTLPLimits) -> TraceFormat {
        TraceFormat(inlineBytes: inlineJSONBytes) { body, batch in
            do throws(OTLPError) {
                return .success(try ZipkinSpanDecoder(limits: limits).decode(body, into: &batch))
            } catch {
                return .failure(error)
            }
        }
    }
}

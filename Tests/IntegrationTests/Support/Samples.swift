import Interop
import Telemetry

enum Samples {
    /// One span as an OTLP request.
    static func request(transaction: String? = nil, trace: UInt64, count: Int = 1) -> [UInt8] {
        OTLPTraceEncoder.encode(
            spans: (1...count).map { number in
                Span(
                    traceID: TraceID(high: 0x1234_5678_9abc_def0, low: trace), spanID: SpanID(UInt64(number)),
                    name: "POST /payments", kind: .server, startNanoseconds: 1_793_697_262_104_000_000,
                    endNanoseconds: 1_793_697_262_204_000_000,
                    attributes: transaction.map { [Attribute("payment.id", .string($0))] } ?? [],
                    resource: Resource(attributes: [Attribute("service.name", .string("gateway"))]))
            })
    }

    static func traceID(_ trace: UInt64) -> String { TraceID(high: 0x1234_5678_9abc_def0, low: trace).description }
}

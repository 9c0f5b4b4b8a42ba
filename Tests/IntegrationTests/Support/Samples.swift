import Interop
import Telemetry

enum Samples {
    /// Spans of one trace as an OTLP request.
    ///
    /// - Parameter incompressible: adds 100 random bytes to each.
    static func request(
        transaction: String? = nil, trace: UInt64, count: Int = 1, incompressible: Bool = false
    ) -> [UInt8] {
        func filler() -> [Attribute] {
            guard incompressible else { return [] }
            return [Attribute("filler", .bytes((0..<100).map { _ in UInt8.random(in: 0...255) }))]
        }
        return OTLPTraceEncoder.encode(
            spans: (1...count).map { number in
                Span(
                    traceID: TraceID(high: 0x1234_5678_9abc_def0, low: trace), spanID: SpanID(UInt64(number)),
                    name: "POST /payments", kind: .server, startNanoseconds: 1_793_697_262_104_000_000,
                    endNanoseconds: 1_793_697_262_204_000_000,
                    attributes: (transaction.map { [Attribute("payment.id", .string($0))] } ?? []) + filler(),
                    resource: Resource(attributes: [Attribute("service.name", .string("gateway"))]))
            })
    }

    static func traceID(_ trace: UInt64) -> String { TraceID(high: 0x1234_5678_9abc_def0, low: trace).description }
}

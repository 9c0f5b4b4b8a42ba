import Foundation
import Telemetry
import Testing

/// A real Envoy in front of a service sends its spans by each of its tracers; nothing but its configuration names us.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EnvoyTests {
    static var isUsable: Bool { RunningEnvoy.program != nil }
    static let tracers: [RunningEnvoy.Tracer] = [.otlpHTTP, .otlpGRPC]

    @Test(.enabled(if: isUsable), arguments: tracers)
    func requestsBecomeJourneys(tracer: RunningEnvoy.Tracer) async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let service = try await EchoService()
        let envoy = try await RunningEnvoy(
            tracer, collector: tracer == .otlpGRPC ? collector.grpc : collector.otlp, upstream: service.port,
            directory: directory)

        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let parent = "00f067aa0ba902b7"
        let answer = try await envoy.get(
            "/payments/1",
            headers: tracer == .zipkin
                ? ["x-payment-id": "ENV-1", "b3": "\(trace)-\(parent)-1"]
                : ["x-payment-id": "ENV-1", "traceparent": "00-\(trace)-\(parent)-01", "tracestate": "bank=a7"])
        #expect(answer.status == 200 && answer.text == "/payments/1")
        #expect(try await envoy.get("/fail", headers: ["x-payment-id": "ENV-2"]).status == 503)
        for number in 3...20 {
            #expect(
                try await envoy.get("/payments/\(number)", headers: ["x-payment-id": "ENV-\(number)"]).status == 200)
        }

        try await Patience.until("every request's spans are stored") {
            for number in 1...20 where try await collector.journey("ENV-\(number)")?.summary.spans != 2 { return false }
            return true
        }
        try check(try await collector.trace(trace), parent: parent, tracer)
        let first = try #require(try await collector.journey("ENV-1"))
        #expect(first.traces.map(\.traceID) == [trace])
        #expect(first.hops.first?.callee?.service == "front")
        #expect(first.hops.first?.callee?.source.door == (tracer == .zipkin ? "zipkin" : tracer.rawValue))
        #expect(try await collector.journey("ENV-2")?.summary.outcome == .failed)
        // Without a parent from outside every request has a trace of its own.
        var traces: Set<String> = []
        for number in 2...20 {
            traces.formUnion(try await collector.journey("ENV-\(number)")?.traces.map(\.traceID) ?? [])
        }
        #expect(traces.count == 19)
        try await envoy.stop()
        try await service.stop()
        try await collector.stop()
    }

    /// A server span for the request and, below it, a client span for what Envoy asked upstream.
    private func check(_ spans: [Span], parent: String, _ tracer: RunningEnvoy.Tracer) throws {
        #expect(spans.count == 2)
        let server = try #require(spans.first { $0.kind == .server })
        let client = try #require(spans.first { $0.kind == .client })
        #expect(server.parentSpanID.description == parent)
        #expect(client.parentSpanID == server.spanID)
        #expect(client.name == "router bank egress")
        #expect(server.startNanoseconds <= client.startNanoseconds && client.endNanoseconds <= server.endNanoseconds)
        for span in spans {
            let attributes = Dictionary(span.attributes.map { ($0.key, $0.value) }) { $1 }
            #expect(attributes["payment.id"] == .string("ENV-1"))
            #expect(attributes["http.status_code"] == .string("200"), "Envoy sends it as text, and text it stays")
            #expect(attributes["upstream_cluster"] == .string("bank"))
            let service = span.resource.attributes.first { $0.key == "service.name" }
            #expect(service?.value == .string("front"))
            if tracer != .zipkin { #expect(span.traceState == "bank=a7") }
        }
    }
}

import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct MutualTLS {
        static let certificates = try? TestCertificates()

        /// A service behind an inbound proxy, and a caller's outbound proxy.
        static func pair(
            accept: [String] = [], expected: String? = "spiffe://bank.test/ledger",
            answer: @escaping @Sendable (RawMessage) -> String = { $0.field("traceparent") ?? "" },
            callee change: (inout ProxyConfiguration) -> Void = { _ in },
            _ body: (TestProxy, TestProxy) async throws -> Void
        ) async throws {
            let certificates = try #require(certificates)
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", answer(request))
            }
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger")
            callee.inbound?.security = .mutualTLS
            callee.inbound?.accept = accept
            change(&callee)
            let inbound = try await TestProxy(callee)
            var caller = TestProxy.configuration(
                [inbound.inbound], cluster: { $0.tls = PeerExpectation(spiffeID: expected) })
            caller.identity = try certificates.identity("payments")
            let outbound = try await TestProxy(caller)
            try await body(outbound, inbound)
            upstream.stop()
            try await outbound.stop()
            try await inbound.stop()
        }

        @Test func bothPrincipalsAreOnTheSpans() async throws {
            try await Self.pair { outbound, inbound in
                let client = try outbound.connect()
                for _ in 0..<3 {
                    try client.write("POST /x HTTP/1.1\r\nhost: ledger\r\ncontent-length: 3\r\n\r\nabc")
                    #expect(try client.readMessage().status == 200)
                }
                let calls = try await outbound.sink.spans(3)
                let services = try await inbound.sink.spans(3)
                #expect(calls.count == 3 && services.count == 3)
                for (call, service) in zip(calls, services) {
                    #expect(call.kind == .client)
                    #expect(service.kind == .server)
                    #expect(call.traceID == service.traceID)
                    #expect(service.parentSpanID == call.spanID)
                    #expect(call.text("waybill.principal") == "spiffe://bank.test/payments")
                    #expect(call.text("waybill.peer.principal") == "spiffe://bank.test/ledger")
                    #expect(service.text("waybill.principal") == "spiffe://bank.test/ledger")
                    #expect(service.text("waybill.peer.principal") == "spiffe://bank.test/payments")
                    #expect(service.text("waybill.direction") == "inbound")
                    #expect(service.text("url.scheme") == "https")
                }
                let labels = #"{direction="inbound",peer="spiffe://bank.test/payments",route="all",code="2xx"}"#
                let sorted = #"{code="2xx",direction="inbound",peer="spiffe://bank.test/payments",route="all"}"#
                let name = "waybill_proxy_requests_total"
                #expect(max(inbound.counter(name + labels), inbound.counter(name + sorted)) == 3)
            }
        }

        @Test func aCalleeWithAnotherNameIsRefused() async throws {
            try await Self.pair(expected: "spiffe://bank.test/other") { outbound, inbound in
                let client = try outbound.connect()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.status == 503)
                #expect(answer.field("x-waybill-response-flags") == "UF")
                #expect(answer.text.contains("spiffe://bank.test/other"))
                #expect(inbound.sink.all.isEmpty)
            }
        }

        @Test func aCallerThatIsNotOnTheListIsRefused() async throws {
            try await Self.pair(accept: ["spiffe://bank.test/gateway"]) { outbound, inbound in
                let client = try outbound.connect()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect([502, 503].contains(try client.readMessage().status))
                #expect(inbound.sink.all.allSatisfy { $0.span.name == "connection" })
                #expect(inbound.counter("waybill_proxy_tls_handshakes_failed_total") >= 1)
            }
        }

        @Test func plainBytesOnASecureListener() async throws {
            try await Self.pair { _, inbound in
                let client = try inbound.connect()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(!String(decoding: try client.readToEnd(), as: UTF8.self).contains("HTTP/1.1 200"))
                #expect(inbound.sink.all.isEmpty)
            }
        }

        @Test func largeBodiesThroughBoth() async throws {
            try await Self.pair { outbound, _ in
                let client = try outbound.connect()
                let body = FlowControl.pattern(3_000_000)
                try client.write("POST / HTTP/1.1\r\nhost: ledger\r\ncontent-length: \(body.count)\r\n\r\n")
                try client.write(body)
                #expect(try client.readMessage().status == 200)
            }
        }
    }
}

import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Masking {
        @Test func cardNumbersDoNotLeaveTheProxyAndTransactionsDo() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", String(request.startLine))
            }
            var route = Route(name: "all", cluster: "up")
            route.transactionSources = [
                TransactionSource(attribute: "payment.transaction_id", location: .pathSegment(1))
            ]
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                for path in [
                    "/payments/4111111111111111/x", "/payments/P-7/4111111111111111",
                    "/payments/P-8/eyJhbGciOi.eyJzdWI.c2ln",
                ] {
                    try client.write("GET \(path) HTTP/1.1\r\nhost: a\r\n\r\n")
                    // The upstream gets what the client sent.
                    #expect(try client.readMessage().text == "GET \(path) HTTP/1.1")
                }
                let spans = try await proxy.sink.spans(3)
                #expect(
                    spans.map { $0.text("url.path") } == [
                        "/payments/4111111111111111/x", "/payments/P-7/411111******1111", "/payments/P-8/***",
                    ])
                #expect(spans.map { $0.text("waybill.masked") } == [nil, "url.path:card-number", "url.path:secret"])
                #expect(spans[0].text("payment.transaction_id") == "4111111111111111")
                #expect(proxy.counter(#"waybill_proxy_masked_values_total{rule="card-number"}"#) == 1)
            }
        }
    }
}

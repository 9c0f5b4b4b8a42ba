import Foundation
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

        /// The spans and the access log of a proxy with that configuration.
        private static func recorded(
            _ configuration: ProxyConfiguration, spans count: Int, _ body: (TestProxy) throws -> Void
        ) async throws -> (spans: [Span], log: String) {
            let path = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString).log").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            var configuration = configuration
            configuration.accessLog = AccessLogDestination(path: path)
            var spans: [Span] = []
            try await TestStream.with(configuration) { proxy in
                try body(proxy)
                spans = try await proxy.sink.spans(count)
            }
            return (spans, try String(contentsOfFile: path, encoding: .utf8))
        }

        private static let card = "4111111111111111"
        private static let masked = "411111******1111"

        @Test(arguments: [false, true])
        func whateverACallerCanSayIsMasked(_ isInbound: Bool) async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            defer { upstream.stop() }
            let configuration = TestProxy.configuration([upstream.port], inbound: isInbound)
            let (spans, log) = try await Self.recorded(configuration, spans: 3) { proxy in
                let client = try proxy.connect()
                for line in ["GET / HTTP/1.1\r\nhost: \(Self.card).a", "\(Self.card) / HTTP/1.1\r\nhost: a"] {
                    try client.write(line + "\r\n\r\n")
                    #expect(try client.readMessage().status == 200)
                }
                let frames = try FrameClient(try proxy.connect())
                try frames.headers(FrameClient.request() + [("x-\(Self.card)", "\u{1}")], stream: 1)
                #expect(try frames.answer(stream: 1).status == 400)
            }
            #expect(spans.map { $0.text("server.address") } == ["\(Self.masked).a", "a", nil])
            #expect(spans.map { $0.text("http.request.method_original") } == [nil, Self.masked, nil])
            // A server's span tells of no error that was the client's.
            #expect(spans.last?.status.message.contains(Self.masked) == !isInbound)
            #expect(
                spans.map { $0.text("waybill.masked") } == [
                    "server.address:card-number", "http.request.method_original:card-number",
                    isInbound ? nil : "status.message:card-number",
                ])
            #expect(!"\(spans)".contains(Self.card) && !log.contains(Self.card), "\(log)")
            #expect(log.split(separator: "\n").map { $0.split(separator: Self.masked).count } == [2, 2, 2], "\(log)")
        }

        @Test func theServerNameOfAConnectionIsMasked() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            defer { upstream.stop() }
            let configuration = TestStream.configuration([upstream.port], .tlsPassthrough)
            let (spans, log) = try await Self.recorded(configuration, spans: 1) { proxy in
                let client = try RawSocket.connect(proxy.stream)
                try client.write(TLSPassthrough.hello("\(Self.card).example"))
                client.finishSending()
                _ = try? client.readToEnd()
            }
            #expect(spans.first?.text("server.address") == "\(Self.masked).example")
            #expect(spans.first?.text("waybill.masked") == "server.address:card-number")
            #expect(!"\(spans)".contains(Self.card) && !log.contains(Self.card), "\(log)")
            #expect(log.contains("\"server_name\":\"\(Self.masked).example\""), "\(log)")
        }
    }
}

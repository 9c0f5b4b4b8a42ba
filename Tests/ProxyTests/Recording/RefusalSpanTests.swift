import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// What never reached a service is recorded like the rest, with its reason.
    @Suite(.serialized)
    struct RefusalSpans {
        /// What is sent, what is answered, and what the span says; the connection is one of its own.
        private struct Refusal {
            var sent: String
            var status: Int
            var flag: String
        }

        private static let refusals = [
            Refusal(sent: "GET / HTTP/1.1\r\nhost: ", status: 408, flag: "DT"),
            Refusal(sent: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab", status: 408, flag: "DT"),
            Refusal(sent: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n", status: 413, flag: "RTL"),
            Refusal(
                sent: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n",
                status: 413, flag: "RTL"),
            Refusal(sent: "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n", status: 403, flag: "UPR"),
            Refusal(
                sent: "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", status: 403,
                flag: "UPR"),
            Refusal(sent: "GET /\r\n\r\n", status: 400, flag: "DPE"),
        ]

        @Test(arguments: [false, true]) func ofRequests(_ isInbound: Bool) async throws {
            var limits = RequestLimits()
            limits.maximumBodyBytes = 10
            limits.headerTimeoutMilliseconds = 500
            limits.idleTimeoutMilliseconds = 500
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, inbound: isInbound, limits: limits) { proxy in
                for (index, refusal) in Self.refusals.enumerated() {
                    let client = try proxy.connect()
                    try client.write(refusal.sent)
                    #expect(try client.readMessage().status == refusal.status, "\(refusal)")
                    client.close()
                    let spans = try await proxy.sink.spans(index + 1)
                    #expect(spans.count == index + 1, "\(refusal)")
                    #expect(spans.last?.text("waybill.response_flags") == refusal.flag, "\(refusal)")
                    // A caller's span says what the service answered, and it has answered nothing.
                    guard isInbound else { continue }
                    #expect(spans.last?.text("http.response.status_code") == String(refusal.status), "\(refusal)")
                }
            }
        }

        @Test(arguments: Way.allCases) func ofRequestsThatTheServiceLeavesUnanswered(_ way: Way) async throws {
            let service: Way.Handler = { $0.path == "/silent" ? .silence : .breakOff }
            let route = Route(name: "all", cluster: "up", timeoutMilliseconds: 700)
            try await Passage.with(way, [service], route: route) { passage async throws in
                #expect(try passage.ask("POST", "/silent").status == 504)
                #expect(try await passage.flags(1) == ["UT"])
                #expect(try passage.ask("POST", "/breaks").status == 502)
                // Behind the pair of proxies it is the far one that has seen it.
                let flags: [Way: String?] = [.http1: "UC", .http2: "UR", .mutualTLS: nil]
                #expect(try await passage.flags(2) == ["UT", flags[way] ?? nil])
            }
        }

        @Test func ofRequestsThatTheClusterIsSpared() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("500 No") }
            let breaker = FailureRateBreaker(minimumRequests: 2, openMilliseconds: 60_000)
            try await TestProxy.with(upstream, cluster: { $0.failureRateBreaker = breaker }) { proxy in
                #expect(try proxy.statuses(4) == [500, 500, 503, 503])
                let flags = try await proxy.sink.spans(4).map { $0.text("waybill.response_flags") }
                #expect(flags == [nil, nil, "BO", "BO"])
            }
        }

        /// It has been forwarded: that its record found no room must at least be told, by the batch's other policy.
        @Test func ofOneThatWasLetInAndFoundNoRoom() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            let route = Route(name: "pay", cluster: "up", payment: true, whenSpoolFull: .refuse)
            try await TestProxy.with(upstream, route: route) { proxy async throws in
                proxy.sink.refuseBatches()
                #expect(try proxy.get().status == 200)
                #expect(try await proxy.sink.spans(1).count == 1)
            }
        }

        @Test func ofAClientThatNeverSaysHello() async throws {
            var limits = StreamLimits()
            limits.helloTimeoutMilliseconds = 50
            try await TestStream.with([1], .tlsPassthrough, limits: limits) { proxy, port in
                let client = try RawSocket.connect(port)
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DT")
            }
        }

        @Test func ofAServerThatBreaksItsFrames() async throws {
            var settings = ISO8583.settings
            settings.framing.maximumMessageBytes = 64
            let upstream = try TestUpstream { socket, _ in
                try socket.write([0xFF, 0xFF, 0x30])
                _ = try socket.readToEnd()
            }
            try await TestStream.with([upstream.port], .iso8583(settings)) { proxy, port in
                let client = try RawSocket.connect(port)
                #expect(try client.endsWithReset())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UPE")
                #expect(span.status.message.contains("a length of 65535"))
            }
            upstream.stop()
        }
    }
}

import Mesh
import NIOCore
import Telemetry
import Testing

extension ProxyTests {
    /// Connections that end, or are turned away, before anything could be passed on.
    @Suite(.serialized)
    struct Undecided {
        private static func permissive(
            _ limits: RequestLimits = RequestLimits(), _ body: (TestProxy, TestUpstream) async throws -> Void
        ) async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            var configuration = TestProxy.configuration([upstream.port], inbound: true, limits: limits)
            configuration.identity = try #require(MutualTLS.certificates).identity("ledger")
            configuration.inbound?.security = .permissive
            configuration.inbound?.permissiveUntil = Instant("2999-01-01T00:00:00Z")
            try await body(try await TestProxy(configuration), upstream)
        }

        private static func check(_ proxy: TestProxy, _ flag: String, _ sentence: String) async throws {
            let span = try #require(try await proxy.sink.spans(1).last)
            #expect(span.name == "connection" && span.kind == .server)
            #expect(span.text("waybill.response_flags") == flag)
            #expect(span.status.code == SpanStatus.error && span.status.message == sentence)
            #expect(span.text("client.address") == "127.0.0.1" && span.text("waybill.listener") == "inbound")
            #expect(proxy.counter(#"waybill_proxy_connections_ended_early_total{flag="\#(flag)"}"#) >= 1)
        }

        @Test func oneThatEndsBeforeItIsKnown() async throws {
            try await Self.permissive { proxy, _ in
                let client = try proxy.connect()
                try client.write([0x16, 3])
                client.close()
                try await Self.check(proxy, "DC", "the client closed before it said whether it speaks TLS")
                try await proxy.stop()
            }
        }

        @Test func oneThatSaysNothing() async throws {
            var limits = RequestLimits()
            limits.headerTimeoutMilliseconds = 60
            try await Self.permissive(limits) { proxy, _ in
                let client = try proxy.connect()
                #expect(try client.isClosedByPeer())
                try await Self.check(proxy, "DT", "the client did not say within 60 ms whether it speaks TLS")
                try await proxy.stop()
            }
        }

        @Test func oneThatIsOpenAtTheEnd() async throws {
            try await Self.permissive { proxy, _ in
                let client = try proxy.connect()
                try client.write([0x16])
                let other = try proxy.connect()
                try other.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try other.readMessage().status == 200)
                try await proxy.stop()
                let spans = proxy.sink.all.map(\.span).filter { $0.name == "connection" }
                #expect(spans.map { $0.text("waybill.response_flags") } == ["DR"])
            }
        }

        /// Of two connections the second is turned away.
        private static func turnsAwayTheSecond(
            _ sentence: String, series: String, _ change: (inout RequestLimits) -> Void
        ) async throws {
            var limits = RequestLimits()
            change(&limits)
            try await permissive(limits) { proxy, _ in
                let first = try proxy.connect()
                try first.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try first.readMessage().status == 200)
                let second = try proxy.connect()
                #expect(try second.isClosedByPeer())
                _ = try await proxy.sink.spans(2)
                try await check(proxy, "OM", sentence)
                #expect(proxy.counter("waybill_proxy_downstream_connections_\(series)_total") == 1)
                try await proxy.stop()
            }
        }

        @Test func oneTooMany() async throws {
            try await Self.turnsAwayTheSecond(
                "the listener has as many connections as it takes", series: "refused"
            ) { $0.maximumConnections = 1 }
        }

        @Test func oneTooManyOfAnAddress() async throws {
            try await Self.turnsAwayTheSecond(
                "the client's address has as many connections as one may have", series: "refused_per_peer"
            ) { $0.maximumConnectionsPerPeer = 1 }
        }

        @Test func oneWhoseHandshakeFails() async throws {
            try await MutualTLS.pair(accept: ["spiffe://bank.test/gateway"]) { outbound, inbound in
                let client = try outbound.connect()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect([502, 503].contains(try client.readMessage().status))
                try await Self.check(
                    inbound, "RBAC",
                    "the peer is spiffe://bank.test/payments; expected is one of spiffe://bank.test/gateway")
                let plain = try inbound.connect()
                try plain.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                _ = try plain.readToEnd()
                try await inbound.wait("the plain one is recorded") {
                    $0.sink.all.last?.span.text("waybill.response_flags") == "DPE"
                }
            }
        }
    }
}

import Mesh
import Synchronization
import Testing

extension ProxyTests {
    /// `grpc.health.v1.Health/Check` as a check of endpoints.
    @Suite(.serialized)
    struct GRPCHealth {
        static let check = HealthCheck(
            .grpc, service: "bank.Ledger", intervalMilliseconds: 100, timeoutMilliseconds: 1_000, unhealthyThreshold: 1)
        static let available = #"waybill_proxy_endpoints_available{cluster="up",worker="0"}"#

        /// Serves calls, and answers checks by `answer`.
        static func server(_ answer: @escaping @Sendable (FrameServer.Request) -> FrameServer.Reply) throws
            -> TestUpstream
        {
            try FrameServer.answering { request in
                guard request.path == "/grpc.health.v1.Health/Check" else { return .status(0, messages: [[8, 1]]) }
                return answer(request)
            }
        }

        static func serving(_ status: UInt8) -> FrameServer.Reply { .status(0, messages: [[8, status]]) }

        private static func expectAvailable(_ proxy: TestProxy, _ count: Double) async throws {
            try await eventually("\(Int(count)) endpoints are available") { proxy.counter(available) == count }
        }

        @Test func theQuestionIsAsItsProtocolHasIt() async throws {
            let seen = Mutex<FrameServer.Request?>(nil)
            let server = try Self.server { request in
                seen.withLock { $0 = request }
                return Self.serving(1)
            }
            try await TestProxy.with(server, cluster: { $0.healthCheck = Self.check }) { proxy in
                try await eventually("it is asked") { seen.withLock { $0 != nil } }
                let request = try #require(seen.withLock { $0 })
                #expect(request.body == FrameServer.framed([0x0A, 11] + Array("bank.Ledger".utf8)))
                #expect(request.field("content-type") == "application/grpc" && request.field("te") == "trailers")
                #expect(request.field(":method") == "POST" && request.field(":authority") == "127.0.0.1:\(server.port)")
                #expect(request.field("grpc-timeout") == "1000m")
                try await Self.expectAvailable(proxy, 1)
            }
        }

        /// One endpoint is well; the other is not, each in its own way.
        @Test(
            arguments: [
                .status(0, messages: [[8, 2]]),  // NOT_SERVING
                .status(0, messages: [[8, 3]]),  // SERVICE_UNKNOWN
                .status(0, messages: [[]]),  // UNKNOWN, which protobuf leaves out
                .status(0, messages: [[0xFF]]),  // no message at all
                .status(0), .status(5), .status(12), .status(14),
                .answer([(":status", "503")]),
                .answer([(":status", "200")], body: FrameServer.framed([8, 1])),  // without a status
                .answer(
                    [(":status", "200")], body: FrameServer.framed([8, 1], flag: 1), trailers: [("grpc-status", "0")]),
                .reset(2), .silence, .close, .goAway(lastStream: 0),
            ] as [FrameServer.Reply]) func whatIsNotServingIsNotAsked(_ reply: FrameServer.Reply) async throws
        {
            let unwell = Mutex(0)
            let servers = [
                try Self.server { _ in Self.serving(1) },
                try FrameServer.answering { request in
                    if request.path == "/grpc.health.v1.Health/Check" { return reply }
                    unwell.withLock { $0 += 1 }
                    return .status(0)
                },
            ]
            try await TestProxy.with(
                servers,
                cluster: {
                    $0.httpProtocol = .http2
                    $0.healthCheck = Self.check
                    $0.loadBalancing.panicPercent = .none
                }
            ) { proxy in
                let failed = #"waybill_proxy_health_checks_total{cluster="up",result="failed"}"#
                try await eventually("a check fails") { proxy.counter(failed) >= 1 }
                let client = try FrameClient(try proxy.connect())
                let codes = try (0..<4).map { try client.call(stream: Int32(2 * $0 + 1)).code }
                #expect(codes == ["0", "0", "0", "0"] && unwell.withLock { $0 } == 0)
            }
        }

        @Test func aServerOfHTTP1IsNotServing() async throws {
            let server = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(server, cluster: { $0.healthCheck = Self.check }) { proxy async throws in
                try await Self.expectAvailable(proxy, 0)
            }
        }

        /// Through the mTLS of another proxy, out and back in.
        @Test func overTLS() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let isServing = Mutex(true)
            let server = try Self.server { _ in Self.serving(isServing.withLock { $0 } ? 1 : 2) }
            var callee = TestProxy.configuration([server.port], inbound: true, cluster: { $0.httpProtocol = .http2 })
            callee.identity = try certificates.identity("ledger")
            callee.inbound?.security = .mutualTLS
            let far = try await TestProxy(callee)
            var caller = TestProxy.configuration([far.inbound]) {
                $0.tls = PeerExpectation(spiffeID: "spiffe://bank.test/ledger")
                $0.healthCheck = Self.check
            }
            caller.identity = try certificates.identity("payments")
            let near = try await TestProxy(caller)
            try await Self.expectAvailable(near, 1)
            isServing.withLock { $0 = false }
            try await Self.expectAvailable(near, 0)
            isServing.withLock { $0 = true }
            try await Self.expectAvailable(near, 1)
            #expect(near.counter(#"waybill_proxy_health_checks_total{cluster="up",result="passed"}"#) >= 1)
            server.stop()
            try await near.stop()
            try await far.stop()
        }
    }
}

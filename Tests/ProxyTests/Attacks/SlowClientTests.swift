import Glibc
import Mesh
import Proxy
import Telemetry
import Testing

extension ProxyTests {
    /// A client that takes its time holds nothing for long.
    @Suite(.serialized)
    struct SlowClients {
        private static func quick(_ configuration: inout ProxyConfiguration) {
            configuration.inbound?.limits.headerTimeoutMilliseconds = 1_000
        }

        @Test func aHandshakeThatNeverEnds() async throws {
            try await MutualTLS.pair(callee: Self.quick) { _, inbound in
                let silent = try inbound.connect()
                let halting = try inbound.connect()
                // The start of a ClientHello of 512 bytes.
                try halting.write([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
                #expect(try silent.isClosedByPeer())
                #expect(try halting.isClosedByPeer())
                #expect(inbound.sink.all.isEmpty)
            }
        }

        /// On a permissive listener connections count before it is known what they are.
        @Test func undecidedConnectionsCount() async throws {
            try await MutualTLS.pair(callee: { configuration in
                Self.quick(&configuration)
                configuration.inbound?.security = .permissive
                configuration.inbound?.permissiveUntil = Instant("2999-01-01T00:00:00Z")
                configuration.inbound?.limits.maximumConnections = 1
            }) { _, inbound in
                let silent = try inbound.connect()
                var refused = false
                for _ in 0..<20 where !refused {
                    let second = try inbound.connect()
                    refused = try second.readToEnd().isEmpty
                }
                #expect(refused)
                #expect(inbound.counter("waybill_proxy_downstream_connections_refused_total") >= 1)
                #expect(try silent.isClosedByPeer())
                let third = try inbound.connect()
                try third.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try third.readMessage().status == 200)
            }
        }

        @Test func anIdleConnectionIsClosed() async throws {
            var limits = RequestLimits()
            limits.idleTimeoutMilliseconds = 100
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                #expect(try client.isClosedByPeer())
            }
        }

        @Test func headersInHTTP2ThatNeverEnd() async throws {
            var limits = RequestLimits()
            limits.headerTimeoutMilliseconds = 700
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.send(1, flags: 1, stream: 1, payload: try client.block(FrameClient.request()))
                #expect(try client.connectionError() == 11)
                let halting = try proxy.connect()
                try halting.write("PRI * HTTP/2.0\r\n\r\nSM")
                #expect(try FrameClient(halting, greets: false).connectionError() == 4)
            }
        }

        @Test func aBodyInHTTP2ThatNeverEnds() async throws {
            var limits = RequestLimits()
            limits.idleTimeoutMilliseconds = 200
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(FrameClient.request("POST"), stream: 1, ends: false)
                try client.data([1], stream: 1)
                #expect(try client.answer(stream: 1).status == 408)
            }
        }

        /// A byte now and then beats every time-out that starts anew with it.
        @Test func aBodyThatDrips() async throws {
            var limits = RequestLimits()
            limits.minimumBodyBytesPerSecond = 100
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try proxy.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
                for _ in 0..<200 where proxy.sink.all.isEmpty {
                    try client.write("x")
                    try await Task.sleep(nanoseconds: 50_000_000)
                }
                let answer = try client.readMessage()
                #expect(answer.status == 408 && answer.field("x-waybill-response-flags") == "DT")
                #expect(answer.text == "the request's body came at less than 100 bytes a second\n")
            }
        }

        @Test func aClientIsNotBlamedForASlowService() {
            let second: UInt64 = 1_000_000_000
            var pace = BodyPace()
            func isKept(_ bytes: Int, _ seconds: UInt64, isBlocked: Bool = false) -> Bool {
                pace.isKept(bytesPerSecond: 100, bytes: bytes, isBlocked: isBlocked, now: seconds * second)
            }
            #expect(isKept(0, 10) && isKept(0, 14))
            #expect(isKept(0, 15, isBlocked: true), "the service takes nothing")
            #expect(isKept(0, 30) && isKept(0, 34), "a new window has begun")
            #expect(isKept(500, 35) && isKept(999, 39))
            #expect(!isKept(999, 40), "499 bytes in five seconds")
        }
    }
}

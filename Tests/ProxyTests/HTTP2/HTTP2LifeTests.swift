import Glibc
import NIOCore
import Testing

extension ProxyTests {
    /// How connections begin and end.
    @Suite(.serialized)
    struct HTTP2Life {
        @Test func notThePreface() async throws {
            var configuration = TestProxy.configuration([1])
            configuration.outbound?.httpProtocol = .http2
            let proxy = try await TestProxy(configuration)
            let client = try FrameClient(try proxy.connect(), greets: false)
            try client.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.connectionError() == 1)
            try await proxy.stop()
        }

        @Test func aListenerOfHTTP1TakesNoPreface() async throws {
            var configuration = TestProxy.configuration([1])
            configuration.outbound?.httpProtocol = .http1
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            try client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            #expect([400, 505].contains(try client.readMessage().status))
            try await proxy.stop()
        }

        /// Draining tells clients to leave, lets requests end, and refuses none that was on its way.
        @Test func drainingEndsConnectionsGently() async throws {
            let gate = Flag()
            let upstream = try TestUpstream.answering { _, _ in
                while !gate.isSet { usleep(1_000) }
                return TestUpstream.response("200 OK", "late")
            }
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port]))
            let client = try FrameClient(try proxy.connect())
            try HTTP2Conformance.get(client, 1)
            while upstream.connections == 0 { usleep(1_000) }
            async let drained = proxy.server.drain(deadline: .now() + .seconds(10))
            let first = try client.next()
            #expect(first.kind == 7 && first.errorCode == 0 && first.payload[0..<4] == [0x7F, 0xFF, 0xFF, 0xFF])
            let ping = try client.next()
            #expect(ping.kind == 6)
            // On its way before the client knew.
            try HTTP2Conformance.get(client, 3)
            try client.send(6, flags: 1, payload: ping.payload)
            let last = try client.next()
            #expect(last.kind == 7 && last.payload[3] == 3)
            gate.set()
            #expect(try client.answer(stream: 1).text == "late")
            #expect(try client.answer(stream: 3).text == "late")
            #expect(try client.socket.isClosedByPeer())
            _ = try await drained
            upstream.stop()
        }
    }
}

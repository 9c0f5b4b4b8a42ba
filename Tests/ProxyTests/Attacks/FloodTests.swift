import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Floods {
        private static let refused = "waybill_proxy_downstream_connections_refused_per_peer_total"

        @Test(arguments: [1, 2])
        func oneAddressDoesNotTakeAllConnections(_ workers: Int) async throws {
            let upstream = try TestUpstream.answering { request, _ in TestUpstream.response("200 OK", "fine") }
            var limits = RequestLimits()
            limits.maximumConnectionsPerPeer = 2
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port], limits: limits), workers: workers)
            func ask(_ client: RawSocket) throws -> Int {
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                return try client.readMessage().status
            }
            let first = try proxy.connect()
            let second = try proxy.connect()
            #expect(try ask(first) == 200)
            #expect(try ask(second) == 200)
            #expect(try proxy.connect().readToEnd().isEmpty)
            #expect(proxy.counter(Self.refused) == 1)
            let neighbour = try RawSocket.connect(proxy.outbound, from: 2)
            #expect(try ask(neighbour) == 200)
            // One that goes makes room for one that comes.
            first.close()
            try await eventually("another is served") { (try? ask(proxy.connect())) == 200 }
            upstream.stop()
            try await proxy.stop()
        }

        /// As many requests at once as a socket holds: answered in order, one at a time.
        @Test func pipeliningWithoutEnd() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", String(request.startLine.split(separator: " ")[1]))
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                let count = 3_000
                try client.write((0..<count).map { "GET /\($0) HTTP/1.1\r\nhost: a\r\n\r\n" }.joined())
                for number in 0..<count { #expect(try client.readMessage().text == "/\(number)") }
                #expect(upstream.connections == 1)
            }
        }

        /// What stands behind a request that ends its connection is not served.
        @Test func nothingIsServedAfterTheLastRequest() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write(
                    "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\nGET /hidden HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                #expect(try client.isClosedByPeer())
                #expect(try await proxy.sink.spans(1).count == 1)
            }
        }
    }
}

import Foundation
import Mesh
import NIOCore
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// How tunnels end, what bounds them, and that neither side is buffered for without end.
    @Suite(.serialized)
    struct TunnelLife {
        @Test func aClientThatBreaksOff() async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try proxy.connect()
                _ = try client.openWebSocket()
                let server = try await upstream.next().socket
                client.reset()
                #expect(try server.endsWithReset())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DC" && span.status.isError)
                #expect(span.text("waybill.tunnel.ended_by") == "client")
                #expect(span.status.message.contains("the client's connection broke"))
            }
        }

        @Test func anUpstreamThatBreaksOff() async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try proxy.connect()
                _ = try client.openWebSocket()
                try await upstream.next().socket.reset()
                #expect(try client.endsWithReset())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UC" && span.status.isError)
                #expect(span.text("waybill.tunnel.ended_by") == "upstream")
            }
        }

        @Test func anUpstreamThatEndsFirst() async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try proxy.connect()
                _ = try client.openWebSocket()
                let server = try await upstream.next().socket
                server.finishSending()
                #expect(try client.isClosedByPeer())
                try client.write("last words")
                client.close()
                #expect(try server.readToEnd() == Array("last words".utf8))
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.tunnel.ended_by") == "upstream")
                #expect(span.text("waybill.response_flags") == nil)
            }
        }

        /// A route's own time-out is for answers; tunnels have others.
        @Test func timeOuts() async throws {
            let upstream = try TunnelUpstream()
            let route = TestProxy.tunnelRoute {
                $0.timeoutMilliseconds = 300
                $0.upgrades?.idleTimeoutMilliseconds = 1_200
                $0.upgrades?.halfClosedTimeoutMilliseconds = 50
            }
            try await TestProxy.withTunnels(upstream, route) { proxy in
                let client = try proxy.connect()
                _ = try client.openWebSocket()
                let server = try await upstream.next().socket
                for _ in 0..<4 {
                    try await Task.sleep(nanoseconds: 100_000_000)
                    try client.write("x")
                    _ = try server.read(1)
                }
                #expect(try client.endsWithReset())
                #expect(try server.endsWithReset())
                let idle = try #require(try await proxy.sink.spans(1).first)
                #expect(idle.text("waybill.response_flags") == "SI")
                #expect(idle.text("waybill.tunnel.ended_by") == "proxy")
                #expect(idle.status.message == "no byte passed in either direction for 1200 ms")

                let half = try proxy.connect()
                _ = try half.openWebSocket()
                let other = try await upstream.next().socket
                half.finishSending()
                #expect(try other.isClosedByPeer())
                #expect(try half.endsWithReset())
                let span = try #require(try await proxy.sink.spans(2).last)
                #expect(span.status.message == "one side had ended and no byte of the other came for 50 ms")
            }
        }

        /// However much goes through it: what leaves its span at its end must have one.
        @Test func noTunnelIsForEver() async throws {
            let upstream = try TunnelUpstream()
            let route = TestProxy.tunnelRoute { $0.upgrades?.maximumDurationMilliseconds = 300 }
            try await TestProxy.withTunnels(upstream, route) { proxy in
                let client = try proxy.connect()
                _ = try client.openWebSocket()
                let server = try await upstream.next().socket
                for _ in 0..<500 where proxy.sink.all.isEmpty {
                    guard (try? client.write("x")) != nil else { break }
                    try await Task.sleep(nanoseconds: 10_000_000)
                }
                #expect(try server.endsWithReset())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UMSDR" && span.status.isError)
                #expect(span.text("waybill.tunnel.ended_by") == "proxy")
                #expect(span.status.message == "the tunnel was open for 300 ms, as long as it may be")
            }
        }

        /// An upstream that answers the wish with an error that the route repeats is asked for a tunnel again.
        @Test func aSecondTryAsksForATunnelToo() async throws {
            let answers = Mutex(0)
            let upstream = try TunnelUpstream { head in
                let number = answers.withLock { count in
                    count += 1
                    return count
                }
                return number == 1 ? TestUpstream.response("503 Busy") : TunnelUpstream.agree(head)
            }
            let route = TestProxy.tunnelRoute { $0.retries = Retries.policy }
            try await TestProxy.withTunnels(upstream, route) { proxy in
                let client = try proxy.connect()
                #expect(try client.openWebSocket("first").status == 101)
                let server = try await upstream.next().socket
                #expect(try server.read(5) == Array("first".utf8))
                #expect(proxy.openTunnels == 1)
                client.reset()
                let spans = try await proxy.sink.spans(2)
                #expect(spans.map { $0.text("http.response.status_code") } == ["503", "101"])
                try await proxy.tunnelsEnd()
            }
        }

        @Test func aRouteTakesSoManyAndRequestsBesides() async throws {
            let upstream = try TunnelUpstream {
                $0.field("upgrade") == nil ? TestUpstream.response("200 OK", "plain") : TunnelUpstream.agree($0)
            }
            let route = TestProxy.tunnelRoute { $0.upgrades?.maximumTunnels = 1 }
            try await TestProxy.withTunnels(upstream, route, cluster: { $0.maximumRequests = 1 }) { proxy in
                let first = try proxy.connect()
                #expect(try first.openWebSocket().status == 101)
                let server = try await upstream.next().socket
                let second = try proxy.connect()
                try second.write(RawSocket.handshake)
                let refused = try second.readMessage()
                #expect(refused.status == 503 && refused.field("x-waybill-response-flags") == "UO")
                try second.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try second.readMessage().text == "plain")
                first.close()
                server.finishSending()
                _ = try await proxy.sink.spans(3)
                let third = try proxy.connect()
                #expect(try third.openWebSocket().status == 101)
            }
        }

        @Test func drainingWaitsAndThenEndsThem() async throws {
            let upstream = try TunnelUpstream()
            let proxy = try await TestProxy(
                TestProxy.configuration([upstream.port], route: TestProxy.tunnelRoute()))
            let client = try proxy.connect()
            _ = try client.openWebSocket()
            let server = try await upstream.next().socket
            async let drained = proxy.server.drain(deadline: .now() + .milliseconds(1_500))
            for _ in 0..<3 {
                try await Task.sleep(nanoseconds: 100_000_000)
                try client.write("x")
                #expect(try server.read(1) == [0x78])
            }
            _ = try await drained
            _ = try client.readToEnd()
            let span = try #require(try await proxy.sink.spans(1).first)
            #expect(span.text("waybill.response_flags") == "DR" && span.status.message == "the proxy shut down")
            #expect(span.text("waybill.tunnel.ended_by") == "proxy")
            upstream.stop()
        }

        @Test(arguments: [true, false])
        func aSlowReaderStopsTheWriter(_ clientReads: Bool) async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try proxy.connect()
                _ = try client.openWebSocket()
                let server = try await upstream.next().socket
                let (reader, writer) = clientReads ? (client, server) : (server, client)
                let piece = FlowControl.pattern(65_536)
                let pieces = 3_000
                let written = Mutex(0)
                Thread.detachNewThread {
                    for _ in 0..<pieces {
                        guard (try? writer.write(piece)) != nil else { return }
                        written.withLock { $0 += 1 }
                    }
                    writer.finishSending()
                }
                var before = -1
                while true {
                    try await Task.sleep(nanoseconds: 300_000_000)
                    let now = written.withLock { $0 }
                    if now == before { break }
                    before = now
                }
                // What is on its way sits in the buffers of the sockets and in a few pieces of the proxy.
                #expect(before * piece.count < 50_000_000)
                var isSame = true
                for _ in 0..<pieces where isSame { isSame = try reader.read(piece.count) == piece }
                #expect(isSame)
                #expect(try reader.isClosedByPeer())
            }
        }
    }
}

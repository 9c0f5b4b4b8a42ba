import Glibc
import Mesh
import NIOCore
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct StreamEnding {
        /// A write that fails closes a channel without a word: the other side must not take that for an end in order.
        @Test func anUpstreamThatIsLostIsAResetForTheClient() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.read(1)
                socket.reset()
            }
            let content = [UInt8](repeating: 7, count: 200_000)
            try await TestStream.with([upstream.port]) { proxy, port in
                var orderly = 0
                for _ in 0..<200 {
                    let client = try RawSocket.connect(port)
                    do {
                        for _ in 0..<20 { try client.write(content) }
                        if try !client.endsWithReset() { orderly += 1 }
                    } catch is RawSocket.Closed {
                        // The reset was met by a write.
                    }
                }
                #expect(orderly == 0)
                let spans = try await proxy.sink.spans(200)
                #expect(spans.count == 200)
                #expect(Set(spans.map { $0.text("waybill.response_flags") }) == ["UC"])
            }
            upstream.stop()
        }

        private static func quiet(_ milliseconds: Int) -> StreamLimits {
            var limits = StreamLimits()
            limits.drainIdleMilliseconds = milliseconds
            return limits
        }

        /// Bytes that nobody understands may be in the middle of something; a server that has had the last word is not.
        @Test func aSilentStreamLeavesADrainAndOneThatAwaitsAnAnswerStays() async throws {
            let upstream = try TestUpstream { socket, number in
                try socket.write("hello\n")
                if number == 2 {
                    _ = try socket.readLine()
                    usleep(400_000)
                    try socket.write("answer\n")
                }
                _ = try socket.readToEnd()
            }
            let proxy = try await TestProxy(TestStream.configuration([upstream.port], limits: Self.quiet(50)))
            let silent = try RawSocket.connect(proxy.stream)
            #expect(try silent.readLine() == "hello")
            let asking = try RawSocket.connect(proxy.stream)
            #expect(try asking.readLine() == "hello")
            try asking.write("question\n")
            try await proxy.wait("the question has passed") {
                $0.counter(#"waybill_proxy_stream_received_bytes_total{direction="outbound",peer="up",route="all"}"#)
                    == 9
            }
            let drained = Task { _ = try await proxy.server.drain(deadline: .now() + .seconds(8)) }
            #expect(try !silent.endsWithReset())
            #expect(try asking.readLine() == "answer")
            #expect(try !asking.endsWithReset())
            try await drained.value
            let spans = proxy.sink.all.map(\.span)
            #expect(spans.map { $0.text("waybill.response_flags") } == ["DR", "DR"])
            #expect(Set(spans.map(\.status.message)) == ["the proxy shut down"])
            upstream.stop()
        }

        /// What is open at the deadline is recorded too, although TLS would wait for its peer.
        @Test func whatIsBrokenOffAtTheDeadlineHasItsSpan() async throws {
            let upstream = try TestUpstream { socket, _ in
                try socket.write("hello\n")
                _ = try socket.readToEnd()
            }
            defer { upstream.stop() }
            let certificates = try #require(MutualTLS.certificates)
            var far = TestStream.configuration(
                [upstream.port], direction: .inbound, listener: { $0.security = .mutualTLS })
            far.identity = try certificates.identity("ledger")
            let inbound = try await TestProxy(far)
            var near = TestStream.configuration(
                [inbound.stream], cluster: { $0.tls = PeerExpectation(spiffeID: "spiffe://bank.test/ledger") })
            near.identity = try certificates.identity("payments")
            let outbound = try await TestProxy(near)
            let client = try RawSocket.connect(outbound.stream)
            #expect(try client.readLine() == "hello")
            try await outbound.stop()
            #expect(outbound.sink.all.map { $0.span.text("waybill.response_flags") } == ["DR"])
            _ = try await inbound.sink.spans(1)
            try await inbound.stop()
        }

        @Test func connectionsAreSplitByWeight() async throws {
            let upstreams = try ["a", "b", "never"].map { name in
                try TestUpstream { socket, _ in
                    try socket.write(name + "\n")
                    _ = try socket.readToEnd()
                }
            }
            defer { for upstream in upstreams { upstream.stop() } }
            var route = StreamRoute(name: "all", cluster: "")
            route.split = [
                WeightedCluster("never", weight: 0), WeightedCluster("a", weight: 3), WeightedCluster("b", weight: 1),
            ]
            var configuration = TestStream.configuration([], routes: [route])
            configuration.clusters = zip(["a", "b", "never"], upstreams).map {
                Cluster(name: $0, endpoints: [HostPort(host: "127.0.0.1", port: $1.port)])
            }
            try await TestStream.with(configuration) { proxy in
                var counts: [String: Int] = [:]
                for _ in 0..<200 {
                    let client = try RawSocket.connect(proxy.stream)
                    counts[try client.readLine(), default: 0] += 1
                    client.finishSending()
                    _ = try client.readToEnd()
                }
                // Six standard deviations.
                #expect((113...187).contains(counts["a", default: 0]) && counts["never"] == nil, "\(counts)")
                let spans = try await proxy.sink.spans(200)
                let named = Dictionary(grouping: spans) { $0.text("waybill.cluster") ?? "" }.mapValues(\.count)
                #expect(named == counts)
            }
        }
    }
}

import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct StreamBalancing {
        /// Says its name and ends.
        private static func named(_ name: String) throws -> TestUpstream {
            try TestUpstream { socket, _ in
                try socket.write(name + "\n")
                _ = try socket.readToEnd()
            }
        }

        private static func names(_ port: Int, _ count: Int) throws -> [String] {
            try (0..<count).map { _ in
                let client = try RawSocket.connect(port)
                defer { client.close() }
                return try client.readLine()
            }
        }

        private static func expectClosed(_ port: Int) throws {
            let client = try RawSocket.connect(port)
            #expect(try client.isClosedByPeer())
        }

        @Test func theClustersPolicyPicks() async throws {
            let upstreams = try ["a", "b", "c"].map(Self.named)
            defer { for upstream in upstreams { upstream.stop() } }
            let ports = upstreams.map(\.port)
            try await TestStream.with(ports, cluster: { $0.endpoints[2].weight = 4 }) { _, port in
                let names = try Self.names(port, 12)
                #expect(names.count { $0 == "a" } == 2 && names.count { $0 == "c" } == 8)
            }
            // What is open counts: the least loaded of two gets the next.
            try await TestStream.with(
                [ports[0], ports[1]],
                cluster: {
                    $0.loadBalancing.policy = .leastRequest
                    $0.loadBalancing.choices = 16
                }
            ) { _, port in
                var clients: [RawSocket] = []
                var names: [String] = []
                for _ in 0..<8 {
                    clients.append(try RawSocket.connect(port))
                    names.append(try clients[clients.count - 1].readLine())
                }
                #expect(names.count { $0 == "a" } == 4)
            }
            var route = StreamRoute(name: "all", cluster: "up")
            route.hashBy = .sourceAddress
            try await TestStream.with(ports, routes: [route], cluster: { $0.loadBalancing.policy = .maglev }) {
                _, port in
                let names9 = Set(try Self.names(port, 9))
                #expect(names9.count == 1)
            }
            route.hashBy = nil
            route.subset = EndpointLabels(["zone": "b"])
            try await TestStream.with(
                ports, routes: [route], cluster: { $0.endpoints[1].labels = EndpointLabels(["zone": "b"]) }
            ) { _, port in
                let names4 = Set(try Self.names(port, 4))
                #expect(names4 == ["b"])
            }
        }

        @Test func endpointsThatCannotBeConnectedToAreEjected() async throws {
            let upstream = try Self.named("up")
            try await TestStream.with(
                [1, upstream.port],
                cluster: { $0.outlierDetection = OutlierDetection(consecutive5xx: 3, consecutiveGatewayFailures: 0) }
            ) { proxy, port in
                let names12 = Set(try Self.names(port, 12))
                #expect(names12 == ["up"])
                #expect(proxy.counter(#"waybill_proxy_endpoint_ejections_total{cluster="up"}"#) == 1)
                let attempts = try await proxy.sink.spans(12).map { $0.attributes.first("waybill.attempt") }
                #expect(attempts.count { $0 == .int(2) } == 3, "three tries until it was ejected")
            }
            upstream.stop()
        }

        @Test func endpointsThatBreakStreamsAreEjected() async throws {
            let upstreams = [
                try TestUpstream { socket, _ in
                    try socket.write("bad\n")
                    _ = try socket.readLine()
                    socket.reset()
                },
                try TestUpstream { socket, _ in
                    try socket.write("good\n")
                    _ = try socket.readLine()
                },
            ]
            defer { for upstream in upstreams { upstream.stop() } }
            try await TestStream.with(
                upstreams.map(\.port),
                cluster: {
                    $0.outlierDetection = OutlierDetection(
                        consecutive5xx: 2, maximumEjectionPercent: Percentage(50))
                }
            ) { proxy, port in
                for count in 1...8 {
                    let client = try RawSocket.connect(port)
                    _ = try client.readLine()
                    try client.write("go\n")
                    _ = try? client.readToEnd()
                    client.close()
                    _ = try await proxy.sink.spans(count)
                }
                let spans = try await proxy.sink.spans(8)
                #expect(spans.count { $0.text("waybill.response_flags") == "UC" } == 2)
                #expect(proxy.counter(#"waybill_proxy_endpoint_ejections_total{cluster="up"}"#) == 1)
            }
        }

        @Test func anEndpointThatFailsItsChecksGetsNoStreams() async throws {
            let upstreams = try ["a", "b"].map(Self.named)
            let check = HealthCheck(
                .tcp, intervalMilliseconds: 100, timeoutMilliseconds: 1_000, unhealthyThreshold: 1)
            try await TestStream.with(
                upstreams.map(\.port),
                cluster: {
                    $0.healthCheck = check
                    $0.loadBalancing.panicPercent = .none
                }
            ) { proxy, port in
                let names8 = Set(try Self.names(port, 8))
                #expect(names8 == ["a", "b"])
                upstreams[0].stop()
                let failed = #"waybill_proxy_health_checks_total{cluster="up",result="failed"}"#
                try await proxy.wait("the check fails") { $0.counter(failed) >= 1 }
                let before = try await proxy.sink.spans(8).count
                #expect(try Self.names(port, 4) == ["b", "b", "b", "b"])
                let spans = try await proxy.sink.spans(before + 4).suffix(4)
                #expect(spans.allSatisfy { $0.attributes.first("waybill.attempt") == .int(1) })
                upstreams[1].stop()
                let gone = #"waybill_proxy_endpoints_available{cluster="up",worker="0"}"#
                try await proxy.wait("none is left") { proxy in
                    _ = try? RawSocket.connect(port).isClosedByPeer()
                    return proxy.counter(gone) == 0
                }
                try await proxy.wait("a stream is refused, for no endpoint is left") { proxy in
                    _ = try? RawSocket.connect(port).isClosedByPeer()
                    return proxy.sink.all.contains { $0.span.text("waybill.response_flags") == "UH" }
                }
            }
        }

        @Test func ceilingsHoldAndAreFreedAgain() async throws {
            let upstream = try Self.named("up")
            try await TestStream.with([upstream.port], cluster: { $0.maximumConnections = 2 }) { proxy, port in
                let clients = try (0..<2).map { _ in try RawSocket.connect(port) }
                for client in clients { #expect(try client.readLine() == "up") }
                let third = try RawSocket.connect(port)
                #expect(try third.isClosedByPeer())
                #expect(try await proxy.sink.spans(1).first?.text("waybill.response_flags") == "UO")
                clients[0].close()
                _ = try await proxy.sink.spans(2)
                #expect(try Self.names(port, 1) == ["up"])
            }
            upstream.stop()
        }

        @Test func theBreakerOpensOnFailedConnections() async throws {
            try await TestStream.with(
                [1],
                cluster: {
                    $0.failureRateBreaker = FailureRateBreaker(
                        failurePercent: Percentage(50), minimumRequests: 3, openMilliseconds: 60_000)
                }
            ) { proxy, port in
                for _ in 0..<5 { try Self.expectClosed(port) }
                let flags = try await proxy.sink.spans(5).map { $0.text("waybill.response_flags") }
                #expect(flags == ["UF", "UF", "UF", "BO", "BO"])
            }
        }

        @Test func soManyEndpointsAreTriedAsTheRouteSays() async throws {
            var route = StreamRoute(name: "all", cluster: "up")
            route.connectAttempts = 2
            try await TestStream.with([1, 2, 3], routes: [route]) { proxy, port in
                try Self.expectClosed(port)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.attributes.first("waybill.attempt") == .int(2))
                #expect(span.text("waybill.response_flags") == "UF")
                #expect(proxy.counter("waybill_proxy_retries_total") == 1)
            }
        }
    }
}

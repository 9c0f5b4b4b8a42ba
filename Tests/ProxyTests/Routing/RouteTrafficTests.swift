import Mesh
import Synchronization
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct RouteTraffic {
        static func echo() throws -> TestUpstream {
            try TestUpstream.answering { request, _ in
                let fields = request.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")
                return TestUpstream.response("200 OK", fields + "\n" + request.text, "server: secret\r\nx-keep: 1\r\n")
            }
        }

        @Test func aRateLimitAnswers429() async throws {
            var route = Route(name: "all", cluster: "up")
            route.rateLimits = [RateLimit(requests: 2, perMilliseconds: 3_600_000)]
            try await TestProxy.with([try Self.echo()], route: route) { proxy in
                #expect(try proxy.statuses(2) == [200, 200])
                let answer = try proxy.get()
                #expect(answer.status == 429 && answer.startLine == "HTTP/1.1 429 Too Many Requests")
                #expect(answer.field("x-waybill-response-flags") == "RL")
                let wait = Int(answer.field("retry-after") ?? "") ?? 0
                #expect((1_700...1_800).contains(wait), "\(wait)")
                let span = try #require(try await proxy.sink.spans(3).last)
                #expect(span.text("waybill.response_flags") == "RL" && span.text("http.response.status_code") == "429")
            }
        }

        /// Who is over a limit of its own uses up nothing of the limit that it shares with others.
        @Test func whatOneLimitRefusesCountsForNoOther() async throws {
            let certificates = try #require(MutualTLS.certificates)
            var route = Route(name: "all", cluster: "up")
            route.rateLimits = [
                RateLimit(requests: 2, perMilliseconds: 3_600_000),
                RateLimit(requests: 1, perMilliseconds: 3_600_000, scope: .principal),
            ]
            let upstream = try Self.echo()
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true, route: route)
            callee.identity = try certificates.identity("ledger")
            callee.inbound?.security = .mutualTLS
            let inbound = try await TestProxy(callee)
            for (name, expected) in [("payments", [200, 429, 429, 429]), ("gateway", [200, 429])] {
                var caller = TestProxy.configuration([inbound.inbound], cluster: { $0.tls = PeerExpectation() })
                caller.identity = try certificates.identity(name)
                try await TestStream.with(caller) { outbound in
                    let statuses = try outbound.statuses(expected.count)
                    #expect(statuses == expected, "\(name)")
                }
            }
            try await inbound.stop()
        }

        @Test func aSplitFollowsItsWeightsAndSubsets() async throws {
            var route = Route(name: "all", cluster: "")
            route.split = [
                WeightedCluster("up", weight: 0, subset: EndpointLabels(["v": "1"])),
                WeightedCluster("up", weight: 5, subset: EndpointLabels(["v": "2"])),
            ]
            let upstreams = try ["one", "two"].map { try TestUpstream.named($0) }
            try await TestProxy.with(
                upstreams, route: route,
                cluster: {
                    $0.endpoints[0].labels = EndpointLabels(["v": "1"])
                    $0.endpoints[1].labels = EndpointLabels(["v": "2"])
                }
            ) { proxy in
                let texts = try proxy.texts(4)
                #expect(texts == ["two", "two", "two", "two"])
                #expect(try await proxy.sink.spans(4).allSatisfy { $0.text("waybill.cluster") == "up" })
            }
        }

        @Test func fieldsAreEditedBothWays() async throws {
            var route = Route(name: "all", cluster: "up")
            route.requestHeaders = HeaderEdits(
                remove: ["X-Internal"], set: [.init("X-Zone", "a")], add: [.init("x-seen", "proxy")])
            route.responseHeaders = HeaderEdits(remove: ["Server"], set: [.init("x-keep", "2")])
            try await TestProxy.with([try Self.echo()], route: route) { proxy in
                let answer = try proxy.get("x-internal: 7\r\nX-INTERNAL: 8\r\nx-zone: b\r\nx-seen: client\r\n")
                let lines = answer.text.split(separator: "\n")
                #expect(!lines.contains { $0.hasPrefix("x-internal") })
                #expect(lines.filter { $0.hasPrefix("x-zone") } == ["x-zone=a"])
                #expect(lines.filter { $0.hasPrefix("x-seen") } == ["x-seen=client", "x-seen=proxy"])
                #expect(answer.field("server") == nil && answer.fields("x-keep") == ["2"])
            }
        }

        @Test func theCallersDeadlineHoldsAndIsPassedOn() async throws {
            var route = Route(name: "all", cluster: "up")
            route.deadline = DeadlinePropagation(header: "x-deadline-ms")
            try await TestProxy.with([try Self.echo()], route: route) { proxy in
                let answer = try proxy.get("X-Deadline-Ms: 5000\r\ngrpc-timeout: 4S\r\n")
                let fields = answer.text.split(separator: "\n")
                let left = fields.first { $0.hasPrefix("x-deadline-ms=") }.flatMap { Int($0.dropFirst(14)) } ?? 0
                // gRPC's says less and comes first.
                #expect((1...4_000).contains(left), "\(left)")
                let grpc = fields.filter { $0.hasPrefix("grpc-timeout=") }
                #expect(grpc.count == 1 && grpc[0].hasSuffix("m"))
                // What is no deadline is passed on untouched.
                #expect(try proxy.get("x-deadline-ms: soon\r\n").text.contains("x-deadline-ms=soon"))
            }
            let silent = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with([silent], route: route) { proxy in
                let answer = try proxy.get("x-deadline-ms: 50\r\n")
                #expect(answer.status == 504 && answer.text.contains("within 50 ms"))
            }
        }

        @Test func aStreamThatStallsIsBrokenOff() async throws {
            var route = Route(name: "all", cluster: "up")
            route.idleTimeoutMilliseconds = 100
            let stalling = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
                _ = try socket.readToEnd()
            }
            try await TestProxy.with([stalling], route: route) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.readHead()
                #expect(try client.readToEnd().count == 4)
                #expect(try await proxy.sink.spans(1)[0].text("waybill.response_flags") == "SI")
            }
        }

        @Test func aMirrorGetsACopyAndItsAnswerIsIgnored() async throws {
            let copies = Mutex<[RawMessage]>([])
            let shadow = try TestUpstream.answering { request, _ in
                copies.withLock { $0.append(request) }
                return TestUpstream.response("500 Broken", "shadow")
            }
            defer { shadow.stop() }
            var route = Route(name: "all", cluster: "up")
            route.mirror = RequestMirror("shadow", maximumBodyBytes: 10)
            let cluster = Cluster(name: "shadow", endpoints: [HostPort(host: "127.0.0.1", port: shadow.port)])
            try await TestProxy.with([try TestUpstream.named("real")], route: route, more: [cluster]) { proxy in
                let client = try proxy.connect()
                for body in ["payment 1", "", "longer than ten"] {
                    try client.write(
                        "POST /x HTTP/1.1\r\nhost: a\r\nx-id: 7\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
                    #expect(try client.readMessage().text == "real")
                }
                try client.write(
                    "POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                #expect(try client.readMessage().text == "real")
                let spans = try await proxy.sink.spans(7)
                #expect(copies.withLock { $0.map(\.text) }.sorted() == ["", "abc", "payment 1"])
                #expect(copies.withLock { $0.allSatisfy { $0.startLine == "POST /x HTTP/1.1" } })
                let mirrored = spans.filter { $0.text("waybill.route") == "all (mirror)" }
                #expect(mirrored.count == 3 && mirrored.allSatisfy { $0.text("waybill.cluster") == "shadow" })
                #expect(mirrored.allSatisfy { $0.text("http.response.status_code") == "500" })
            }
        }

        /// Copies that nobody answers do not pile up.
        @Test func onlySoManyCopiesAreUnderWay() async throws {
            let shadow = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            defer { shadow.stop() }
            var route = Route(name: "all", cluster: "up", timeoutMilliseconds: 60_000)
            route.mirror = RequestMirror("shadow")
            var cluster = Cluster(name: "shadow", endpoints: [HostPort(host: "127.0.0.1", port: shadow.port)])
            cluster.maximumConnections = 1
            cluster.maximumPendingRequests = 5_000
            cluster.maximumRequests = 5_000
            let real = try TestUpstream.named("real")
            defer { real.stop() }
            var configuration = TestProxy.configuration([real.port], route: route)
            configuration.clusters.append(cluster)
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            let count = 1_100
            for _ in 0..<count {
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().text == "real")
            }
            try await proxy.stop()
            let copies = proxy.sink.all.count { $0.span.text("waybill.route") == "all (mirror)" }
            #expect(proxy.sink.all.count - copies == count)
            #expect(copies == 1_024)
        }
    }
}

import Mesh
import Synchronization
import TestSupport
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct EndpointChoice {
        @Test func weightsHold() async throws {
            let upstreams = [try TestUpstream.named("a"), try TestUpstream.named("b")]
            try await TestProxy.with(upstreams, cluster: { $0.endpoints[1].weight = 3 }) { proxy in
                var counts: [String: Int] = [:]
                for _ in 0..<16 { counts[try proxy.get().text, default: 0] += 1 }
                #expect(counts == ["a": 4, "b": 12])
            }
        }

        @Test(arguments: [LoadBalancing.Policy.ringHash, .maglev])
        func aHashHeaderSticks(policy: LoadBalancing.Policy) async throws {
            let upstreams = try ["a", "b", "c"].map { try TestUpstream.named($0) }
            try await TestProxy.with(
                upstreams, cluster: { $0.loadBalancing = LoadBalancing(policy, hashHeader: "x-account") }
            ) { proxy in
                var seen: Set<String> = []
                for account in 0..<12 {
                    let answers = try (0..<3).map { _ in try proxy.get("X-Account: \(account)\r\n").text }
                    #expect(Set(answers).count == 1)
                    seen.insert(answers[0])
                }
                #expect(seen.count > 1)
            }
        }

        @Test(arguments: LoadBalancing.Policy.allCases)
        func everyPolicyReachesEveryEndpoint(policy: LoadBalancing.Policy) async throws {
            let upstreams = try ["a", "b"].map { try TestUpstream.named($0) }
            try await TestProxy.with(
                upstreams,
                cluster: { $0.loadBalancing = LoadBalancing(policy, hashHeader: policy.needsHash ? "x-n" : nil) }
            ) { proxy in
                var seen: Set<String> = []
                for number in 0..<40 { seen.insert(try proxy.get("x-n: \(number)\r\n").text) }
                #expect(seen == ["a", "b"])
            }
        }

        @Test func anEndpointThatFailsIsEjected() async throws {
            let upstreams = [try TestUpstream.named("good"), try TestUpstream.named("bad", "503 Busy")]
            let detection = OutlierDetection(consecutive5xx: 2, baseEjectionMilliseconds: 60_000)
            let lines = LogLines()
            try await TestProxy.with(upstreams, cluster: { $0.outlierDetection = detection }, lines: lines) { proxy in
                let statuses = try proxy.statuses(20)
                #expect(statuses.count { $0 == 503 } == 2)
                #expect(statuses.suffix(10).allSatisfy { $0 == 200 })
                #expect(proxy.counter("waybill_proxy_endpoint_ejections_total{cluster=\"up\"}") == 1)
            }
            #expect(
                lines.all == [
                    "warning the endpoint 127.0.0.1:\(upstreams[1].port) of up gets no requests for 1 min: "
                        + "2 attempts in a row failed"
                ])
        }

        /// An answer that does not come counts like a bad one.
        @Test(arguments: ["nobody listens", "no answer", "a reset"])
        func anEndpointThatDoesNotAnswerIsEjected(_ how: String) async throws {
            let good = try TestUpstream.named("good")
            let silent = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                if how == "no answer" { _ = try socket.readToEnd() }
            }
            defer { for upstream in [good, silent] { upstream.stop() } }
            let port = how == "nobody listens" ? try FreePort.next() : silent.port
            let route = Route(name: "all", cluster: "up", timeoutMilliseconds: 500)
            let configuration = TestProxy.configuration([good.port, port], route: route) {
                $0.outlierDetection = OutlierDetection(consecutive5xx: 2, baseEjectionMilliseconds: 60_000)
            }
            let proxy = try await TestProxy(configuration)
            let statuses = try proxy.statuses(12)
            let failure = how == "no answer" ? 504 : how == "a reset" ? 502 : 503
            #expect(statuses.filter { $0 != 200 } == [failure, failure], "\(statuses)")
            #expect(proxy.counter("waybill_proxy_endpoint_ejections_total{cluster=\"up\"}") == 1)
            try await proxy.stop()
        }

        @Test func anEjectionEnds() async throws {
            let isWell = Mutex(false)
            let recovering = try TestUpstream.answering { _, _ in
                TestUpstream.response(isWell.withLock { $0 } ? "200 OK" : "503 Busy", "recovered")
            }
            let detection = OutlierDetection(consecutive5xx: 1, baseEjectionMilliseconds: 100)
            let lines = LogLines()
            try await TestProxy.with(
                [try TestUpstream.named("good"), recovering], cluster: { $0.outlierDetection = detection }, lines: lines
            ) { proxy in
                for _ in 0..<4 { _ = try proxy.get() }
                isWell.withLock { $0 = true }
                #expect(try await proxy.get { $0.text == "recovered" && $0.status == 200 }.text == "recovered")
            }
            let place = "the endpoint 127.0.0.1:\(recovering.port) of up"
            #expect(lines.all.first == "warning \(place) gets no requests for 100 ms: an attempt failed")
            #expect(lines.all.last == "notice \(place) gets requests again")
        }

        @Test func whenAllAreEjectedTheAnswerIsDefined() async throws {
            let detection = OutlierDetection(
                consecutive5xx: 1, baseEjectionMilliseconds: 60_000, maximumEjectionPercent: .all)
            // Without a panic threshold: 503 with its flag, and nothing is sent.
            try await TestProxy.with(
                [try TestUpstream.named("bad", "500 Broken"), try TestUpstream.named("bad", "500 Broken")],
                cluster: {
                    $0.outlierDetection = detection
                    $0.loadBalancing.panicPercent = .none
                }
            ) { proxy in
                #expect(try proxy.statuses(2) == [500, 500])
                let answer = try proxy.get()
                #expect(answer.status == 503 && answer.field("x-waybill-response-flags") == "UH")
                let span = try #require(try await proxy.sink.spans(3).last)
                #expect(span.text("waybill.response_flags") == "UH")
                #expect(span.text("error.type") == "no_healthy_upstream")
            }
            // With one: they all get requests again.
            let lines = LogLines()
            try await TestProxy.with(
                [try TestUpstream.named("bad", "500 Broken"), try TestUpstream.named("bad", "500 Broken")],
                cluster: { $0.outlierDetection = detection }, lines: lines
            ) { proxy in
                let statuses = try proxy.statuses(5)
                #expect(statuses == [500, 500, 500, 500, 500])
                let told = "warning so few endpoints of up are available that all of them get requests"
                try await eventually("it is told") { lines.all.contains(told) }
            }
        }

        @Test func healthChecksTakeEndpointsOutAndBackIn() async throws {
            let isWell = Mutex(false)
            let checked = try TestUpstream.answering { request, _ in
                guard request.startLine.hasPrefix("GET /healthz ") else { return TestUpstream.response("200 OK", "b") }
                return TestUpstream.response(isWell.withLock { $0 } ? "200 OK" : "500 Ill", request.field("host") ?? "")
            }
            let check = HealthCheck(
                .http, path: "/healthz", host: "ledger.bank", intervalMilliseconds: 100, unhealthyThreshold: 1)
            let lines = LogLines()
            // All workers see it; one tells.
            try await TestProxy.with(
                [try TestUpstream.named("a"), checked], cluster: { $0.healthCheck = check }, workers: 2, lines: lines
            ) { proxy in
                var row = 0
                _ = try await proxy.get { answer in
                    row = answer.text == "a" ? row + 1 : 0
                    return row == 6
                }
                #expect(row == 6)
                isWell.withLock { $0 = true }
                #expect(try await proxy.get { $0.text == "b" }.text == "b")
                let place = "the endpoint 127.0.0.1:\(checked.port) of up"
                try await eventually("both are told, once") {
                    lines.all == [
                        "warning \(place) gets no requests: it fails its health checks",
                        "notice \(place) gets requests again",
                    ]
                }
            }
        }

        /// Whoever looks at a proxy at rest sees how its endpoints are.
        @Test func checksAreShownWithoutTraffic() async throws {
            let upstreams = try ["a", "b"].map { try TestUpstream.named($0) }
            let check = HealthCheck(.tcp, intervalMilliseconds: 100, unhealthyThreshold: 1)
            let lines = LogLines()
            try await TestProxy.with(upstreams, cluster: { $0.healthCheck = check }, workers: 2, lines: lines) {
                proxy in
                let passed = #"waybill_proxy_health_checks_total{cluster="up",result="passed"}"#
                try await eventually("both pass") { proxy.counter(passed) >= 2 }
                upstreams[1].stop()
                try await eventually("every worker shows it") {
                    (0..<2).allSatisfy {
                        proxy.counter(#"waybill_proxy_endpoints_available{cluster="up",worker="\#($0)"}"#) == 1
                    }
                }
                #expect(
                    lines.all == [
                        "warning the endpoint 127.0.0.1:\(upstreams[1].port) of up gets no requests: "
                            + "it fails its health checks"
                    ])
            }
        }

        @Test func aConnectionIsCheckEnoughForTCP() async throws {
            let port = try FreePort.next()
            let good = try TestUpstream.named("good")
            var configuration = TestProxy.configuration([port, good.port]) {
                $0.healthCheck = HealthCheck(.tcp, intervalMilliseconds: 100, unhealthyThreshold: 1)
            }
            configuration.outbound?.routes[0].retries = nil
            let proxy = try await TestProxy(configuration)
            var row = 0
            _ = try await proxy.get { answer in
                row = answer.status == 200 ? row + 1 : 0
                return row == 6
            }
            #expect(row == 6)
            good.stop()
            try await proxy.stop()
        }
    }
}

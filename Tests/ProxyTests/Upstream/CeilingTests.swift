import Glibc
import Mesh
import Synchronization
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Ceilings {
        /// Answers the first request only when told to.
        final class Gate: Sendable {
            private let isOpen = Mutex(false)
            let requests = Mutex(0)

            func open() { isOpen.withLock { $0 = true } }

            func upstream() throws -> TestUpstream {
                try TestUpstream { [self] socket, _ in
                    while true {
                        _ = try socket.readMessage()
                        requests.withLock { $0 += 1 }
                        while !isOpen.withLock({ $0 }) { pause() }
                        try socket.write(TestUpstream.response("200 OK", "late"))
                    }
                }
            }

            private func pause() {
                var wait = timespec(tv_sec: 0, tv_nsec: 5_000_000)
                nanosleep(&wait, nil)
            }

            /// The upstream holds as many requests.
            func holds(_ count: Int) async throws -> Bool {
                for _ in 0..<1_000 {
                    if requests.withLock({ $0 }) >= count { return true }
                    try await Task.sleep(nanoseconds: 5_000_000)
                }
                return false
            }
        }

        /// One request is held by the upstream; the next is refused with `flag`, and the first still answered.
        static func refusesTheSecond(
            _ flag: String, route: Route = Route(name: "all", cluster: "up"), _ change: (inout Cluster) -> Void
        ) async throws {
            let gate = Gate()
            try await TestProxy.with([try gate.upstream()], route: route, cluster: change) { proxy in
                let first = try proxy.connect()
                try first.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try await gate.holds(1))
                let answer = try proxy.get()
                #expect(answer.status == 503 && answer.field("x-waybill-response-flags") == flag)
                gate.open()
                #expect(try first.readMessage().text == "late")
                // There is room again.
                #expect(try proxy.get().status == 200)
                #expect(try await proxy.sink.spans(3).first?.text("waybill.response_flags") == flag)
            }
        }

        @Test func requestsBeyondTheCeilingAreRefused() async throws {
            try await Self.refusesTheSecond("UO") { $0.maximumRequests = 1 }
        }

        @Test func whatCannotBeAnsweredInTimeIsShed() async throws {
            try await Self.refusesTheSecond("OM") {
                $0.loadShedding = LoadShedding(targetMilliseconds: 1_000, minimumConcurrency: 1, maximumConcurrency: 1)
            }
        }

        @Test func paymentsMayUseTheReserve() async throws {
            let gate = Gate()
            var route = Route(name: "pay", cluster: "up")
            route.payment = true
            let shedding = LoadShedding(
                targetMilliseconds: 1_000, minimumConcurrency: 1, maximumConcurrency: 2,
                paymentReservePercent: Percentage(50))
            try await TestProxy.with([try gate.upstream()], route: route, cluster: { $0.loadShedding = shedding }) {
                proxy in
                let clients = try (0..<2).map { _ in try proxy.connect() }
                for client in clients { try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n") }
                #expect(try await gate.holds(2))
                #expect(try proxy.get().field("x-waybill-response-flags") == "OM")
                gate.open()
                for client in clients { #expect(try client.readMessage().status == 200) }
            }
        }

        @Test func aBreakerOpensProbesAndCloses() async throws {
            let isWell = Mutex(false)
            let seen = Mutex(0)
            let upstream = try TestUpstream.answering { _, _ in
                seen.withLock { $0 += 1 }
                return TestUpstream.response(isWell.withLock { $0 } ? "200 OK" : "500 Broken")
            }
            let breaker = FailureRateBreaker(minimumRequests: 4, openMilliseconds: 1_500, probes: 2)
            let lines = LogLines()
            let isOpen = #"waybill_proxy_breaker_open{cluster="up",worker="0"}"#
            try await TestProxy.with([upstream], cluster: { $0.failureRateBreaker = breaker }, lines: lines) { proxy in
                #expect(try proxy.statuses(4) == [500, 500, 500, 500])
                let refused = try proxy.get()
                #expect(refused.status == 503 && refused.field("x-waybill-response-flags") == "BO")
                #expect(seen.withLock { $0 } == 4)
                #expect(proxy.counter("waybill_proxy_breaker_openings_total{cluster=\"up\"}") == 1)
                try await eventually("it is shown") { proxy.counter(isOpen) == 1 }
                isWell.withLock { $0 = true }
                #expect(try await proxy.get { $0.status == 200 }.status == 200)
                // The second probe closes it, and then all pass.
                #expect(try proxy.statuses(6) == [200, 200, 200, 200, 200, 200])
                try await eventually("it is shown") { proxy.counter(isOpen) == 0 }
            }
            #expect(
                lines.all == [
                    "warning the breaker of up is open: 50 % or more of its last attempts failed, "
                        + "and none is made for 1.5 s",
                    "notice the breaker of up is closed again",
                ])
        }

        /// That an answer has begun is all that a probe asks: its end may be hours away.
        @Test func aProbeWithALongAnswerKeepsNobodyOut() async throws {
            let requests = Mutex(0)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    _ = try socket.readHead()
                    let number = requests.withLock { count in
                        count += 1
                        return count
                    }
                    if number == 5 {
                        try socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n")
                        _ = try socket.readToEnd()
                    }
                    try socket.write(TestUpstream.response(number < 5 ? "500 Broken" : "200 OK"))
                }
            }
            let breaker = FailureRateBreaker(minimumRequests: 4, openMilliseconds: 150, probes: 1)
            try await TestProxy.with([upstream], cluster: { $0.failureRateBreaker = breaker }) { proxy in
                #expect(try proxy.statuses(4) == [500, 500, 500, 500])
                try await Task.sleep(nanoseconds: 200_000_000)
                let probe = try proxy.connect()
                try probe.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try probe.readHead().status == 200)
                #expect(try proxy.statuses(2) == [200, 200])
                probe.close()
            }
        }

        @Test func retriesBeyondTheBudgetAreNotMade() async throws {
            let seen = Mutex(0)
            let upstream = try TestUpstream.answering { _, _ in
                seen.withLock { $0 += 1 }
                return TestUpstream.response("503 Busy", "no")
            }
            try await TestProxy.with(
                [upstream], route: Retries.route,
                cluster: { $0.retryBudget = RetryBudget(percent: .none, minimumConcurrency: 0) }
            ) { proxy in
                #expect(try proxy.get().status == 503)
                #expect(seen.withLock { $0 } == 1)
                let spans = try await proxy.sink.spans(1)
                #expect(spans.map { $0.text("waybill.response_flags") } == ["UO"])
                #expect(proxy.counter("waybill_proxy_retries_refused_total{cluster=\"up\"}") == 1)
            }
        }

        @Test func aBudgetIsGivenBackWithEachRequest() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("503 Busy", "no") }
            try await TestProxy.with(
                [upstream], route: Retries.route,
                cluster: { $0.retryBudget = RetryBudget(percent: .none, minimumConcurrency: 1) }
            ) { proxy in
                let statuses = try proxy.statuses(3)
                #expect(statuses == [503, 503, 503])
                #expect(proxy.counter("waybill_proxy_retries_total") == 6)
            }
        }

        @Test func aGRPCStatusIsTriedAgain() async throws {
            let seen = Mutex(0)
            let upstream = try TestUpstream.answering { _, _ in
                let number = seen.withLock { seen in
                    seen += 1
                    return seen
                }
                return TestUpstream.response(
                    "200 OK", "", "content-type: application/grpc\r\ngrpc-status: \(number < 3 ? 14 : 0)\r\n")
            }
            var route = Retries.route
            route.retries?.conditions = [.grpcUnavailable]
            try await TestProxy.with([upstream], route: route) { proxy in
                let answer = try proxy.get("content-type: application/grpc+proto\r\n")
                #expect(answer.field("grpc-status") == "0")
                #expect(seen.withLock { $0 } == 3)
            }
        }
    }
}

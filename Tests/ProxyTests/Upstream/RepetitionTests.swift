import Mesh
import Synchronization
import Testing

extension ProxyTests {
    /// What must not be sent twice is not, although nothing but its method stands against it: a body that has gone by
    /// could not be sent again anyhow, and these requests have none.
    @Suite(.serialized)
    struct Repetition {
        /// Takes every request and deals with each in this way.
        private static func counting(_ act: Way.Act, _ count: Counter) -> Way.Handler {
            { _ in
                count.add()
                return act
            }
        }

        private final class Counter: Sendable {
            private let state = Mutex(0)
            var value: Int { state.withLock { $0 } }
            func add() { state.withLock { $0 += 1 } }
        }

        /// Only what is never answered has to wait for the end of its tries.
        private static func route(_ status: Int) -> Route {
            var route = Retries.route
            if status == 504 { route.perTryTimeoutMilliseconds = 300 }
            return route
        }

        @Test(arguments: Way.allCases) func aPostWithoutABodyIsNeverRepeated(_ way: Way) async throws {
            let acts: [(act: Way.Act, status: Int)] = [(.answer(503), 503), (.breakOff, 502), (.silence, 504)]
            for (act, status) in acts {
                let arrivals = Counter()
                try await Passage.with(way, [Self.counting(act, arrivals)], route: Self.route(status)) {
                    passage async throws in
                    #expect(try passage.ask("POST").status == status)
                    #expect(arrivals.value == 1, "\(act)")
                    // With the key that the route names it is.
                    #expect(try passage.ask("POST", fields: [("idempotency-key", "k")]).status == status)
                    #expect(arrivals.value == 4, "\(act)")
                    // Another's key is none.
                    #expect(try passage.ask("POST", fields: [("x-idempotency-key", "k")]).status == status)
                    #expect(arrivals.value == 5, "\(act)")
                }
            }
        }

        /// Where endpoints are picked at random, the one that has just failed is not picked again.
        @Test func whatIsRepeatedGoesElsewhere() async throws {
            let upstreams = [try TestUpstream.named("bad", "503 Busy"), try TestUpstream.named("good")]
            var route = Retries.route
            route.retries?.maximumAttempts = 2
            try await TestProxy.with(upstreams, route: route, cluster: { $0.loadBalancing.policy = .random }) {
                proxy async throws in
                #expect(try proxy.texts(24) == Array(repeating: "good", count: 24))
                #expect(proxy.counter("waybill_proxy_retries_total") > 0)
            }
        }

        /// A ceiling of its own, whatever the budget allows.
        @Test func retriesBeyondTheCeilingAreNotMade() async throws {
            let upstream = try Retries.flaky(TestUpstream.response("503 Busy", "no"))
            try await TestProxy.with(upstream, route: Retries.route, cluster: { $0.maximumRetries = 0 }) {
                proxy async throws in
                #expect(try proxy.get().status == 503)
                #expect(proxy.counter(#"waybill_proxy_retries_refused_total{cluster="up"}"#) == 1)
            }
        }

        /// The connection was idle and ends as the request goes out: whether it was taken nobody knows.
        @Test func aPostThatMayHaveBeenTakenIsNotSentAgain() async throws {
            let arrivals = Counter()
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write(TestUpstream.response())
                _ = try socket.readMessage()
                arrivals.add()
            }
            try await TestProxy.with(upstream, route: Retries.route) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.status == 502 && answer.field("x-waybill-response-flags") == "UC")
                #expect(arrivals.value == 1 && upstream.connections == 1)
            }
        }
    }
}

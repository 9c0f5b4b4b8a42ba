import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// Traffic policy over HTTP/1, over HTTP/2 and over a pair of proxies with mutual TLS.
    @Suite(.serialized)
    struct EveryWay {
        static let fresh: Way.Handler = { .answer(200, "\($0.method) \($0.number) \($0.body)") }

        // MARK: Retries

        @Test(arguments: Way.allCases) func aStatusIsTriedAgain(_ way: Way) async throws {
            let flaky: Way.Handler = { $0.number < 3 ? .answer(503, "no") : Self.fresh($0) }
            try await Passage.with(way, [flaky], route: Retries.route) { passage async throws in
                let answer = try passage.ask("POST", fields: [("idempotency-key", "k")], body: "body")
                #expect(answer.status == 200 && answer.text == "POST 3 body")
                let spans = try await passage.proxy.sink.spans(3)
                #expect(spans.map { $0.text("http.response.status_code") } == ["503", "503", "200"])
                #expect(spans.map { $0.text("waybill.attempt") } == ["1", "2", "3"])
                // In HTTP/1 the rest of an answer that is not wanted costs its connection.
                #expect(passage.connections() == (way == .http1 ? 3 : 1))
            }
        }

        @Test(arguments: Way.allCases) func aPostWithoutItsKeyIsNeverRepeated(_ way: Way) async throws {
            try await Passage.with(way, [{ _ in .answer(503) }], route: Retries.route) { passage async throws in
                #expect(try passage.ask("POST", body: "x").status == 503)
                #expect(try await passage.proxy.sink.spans(1).count == 1)
            }
        }

        @Test(arguments: Way.allCases) func aRequestThatBreaksIsTriedAgain(_ way: Way) async throws {
            let breaking: Way.Handler = { $0.number < 3 ? .breakOff : Self.fresh($0) }
            try await Passage.with(way, [breaking], route: Retries.route) { passage async throws in
                let answer = try passage.ask("PUT", body: "abc")
                #expect(answer.status == 200 && answer.text == "PUT 3 abc")
                // A stream that is reset leaves its connection.
                #expect(passage.connections() == (way == .http1 ? 3 : 1))
                let first = try #require(try await passage.flags(3).first)
                #expect(first == [.http1: "UC", .http2: "UR", .mutualTLS: nil][way])
            }
        }

        @Test(arguments: Way.allCases) func aTryThatTakesTooLongIsGivenUp(_ way: Way) async throws {
            let slow: Way.Handler = { $0.number == 1 ? .silence : Self.fresh($0) }
            var route = Retries.route
            route.perTryTimeoutMilliseconds = 400
            try await Passage.with(way, [slow], route: route) { passage async throws in
                #expect(try passage.ask().text == "GET 2 ")
                #expect(try await passage.flags(2) == ["UT", nil])
                #expect(passage.connections() == (way == .http1 ? 2 : 1))
            }
        }

        // MARK: Time

        @Test(arguments: Way.allCases) func aRouteTimesOutAndTheConnectionLives(_ way: Way) async throws {
            let slow: Way.Handler = { $0.path == "/slow" ? .silence : Self.fresh($0) }
            let route = Route(name: "short", cluster: "up", timeoutMilliseconds: 1_000)
            try await Passage.with(way, [slow], route: route) { passage in
                let pending = try passage.begin("GET", "/slow")
                // Others are answered meanwhile, on the same connection where it carries several.
                #expect(try passage.ask().status == 200)
                let late = try pending.answer()
                #expect(late.status == 504 && late.field("x-waybill-response-flags") == "UT")
                #expect(try passage.ask().status == 200)
                #expect(way == .http1 || passage.connections() == 1)
            }
        }

        @Test(arguments: Way.allCases) func anAnswerThatStopsIsBrokenOff(_ way: Way) async throws {
            let stopping: Way.Handler = { $0.path == "/stops" ? .begin("some") : Self.fresh($0) }
            var route = Route(name: "idle", cluster: "up")
            route.idleTimeoutMilliseconds = 500
            try await Passage.with(way, [stopping], route: route) { passage in
                let answer = try passage.ask("GET", "/stops")
                #expect(answer.status == 200 && answer.isBroken)
                #expect(try await passage.flags(1) == ["SI"])
                #expect(try passage.ask().status == 200)
            }
        }

        // MARK: Limits

        @Test(arguments: Way.allCases) func aRateIsLimited(_ way: Way) async throws {
            var route = Route(name: "limited", cluster: "up")
            route.rateLimits = [RateLimit(requests: 1, perMilliseconds: 60_000, burst: 2)]
            try await Passage.with(way, [Self.fresh], route: route) { passage in
                #expect(try passage.statuses(4) == [200, 200, 429, 429])
                let refused = try passage.ask()
                #expect(refused.field("retry-after") != nil && refused.field("x-waybill-response-flags") == "RL")
            }
        }

        @Test(arguments: Way.allCases) func aCeilingHolds(_ way: Way) async throws {
            let waiting: Way.Handler = { $0.path == "/wait" ? .silence : Self.fresh($0) }
            try await Passage.with(way, [waiting], cluster: { $0.maximumRequests = 2 }) { passage async throws in
                let held = try (0..<2).map { _ in try passage.begin("GET", "/wait") }
                let inFlight = #"waybill_proxy_requests_in_flight{direction="outbound",peer="up",route="all"}"#
                try await eventually("both are under way") { passage.proxy.counter(inFlight) == 2 }
                let refused = try passage.ask()
                #expect(refused.status == 503 && refused.field("x-waybill-response-flags") == "UO")
                withExtendedLifetime(held) {}
            }
        }

        @Test(arguments: Way.allCases) func theBreakerOpens(_ way: Way) async throws {
            let breaker = FailureRateBreaker(minimumRequests: 4, openMilliseconds: 60_000)
            try await Passage.with(way, [{ _ in .answer(500) }], cluster: { $0.failureRateBreaker = breaker }) {
                passage async throws in
                #expect(try passage.statuses(6) == [500, 500, 500, 500, 503, 503])
                #expect(try passage.ask().field("x-waybill-response-flags") == "BO")
            }
        }

        @Test(arguments: Way.allCases) func anEndpointThatFailsIsEjected(_ way: Way) async throws {
            let detection = OutlierDetection(consecutive5xx: 2, baseEjectionMilliseconds: 60_000)
            try await Passage.with(
                way, [Self.fresh, { _ in .answer(503) }], cluster: { $0.outlierDetection = detection }
            ) { passage in
                let statuses = try passage.statuses(16)
                #expect(statuses.count { $0 == 503 } == 2 && statuses.suffix(8).allSatisfy { $0 == 200 })
            }
        }

        @Test(arguments: Way.allCases) func requestsAreSpreadEvenly(_ way: Way) async throws {
            let named: [Way.Handler] = ["a", "b", "c"].map { name in { _ in .answer(200, name) } }
            try await Passage.with(way, named) { passage in
                var counts: [String: Int] = [:]
                for _ in 0..<12 { counts[try passage.ask().text, default: 0] += 1 }
                #expect(counts == ["a": 4, "b": 4, "c": 4])
                #expect(way == .http1 || passage.connections() == 3)
            }
        }

        // MARK: What happens to requests besides

        @Test(arguments: Way.allCases) func requestsAreMirrored(_ way: Way) async throws {
            let copies = Mutex<[String]>([])
            var route = Route(name: "mirrored", cluster: "up")
            route.mirror = RequestMirror("shadow")
            let shadow: Way.Handler = { ask in
                copies.withLock { $0.append("\(ask.method) \(ask.path) \(ask.body)") }
                return .answer(500, "not seen")
            }
            try await Passage.with(way, [Self.fresh], shadow: shadow, route: route) { passage in
                #expect(try passage.ask("POST", "/a", body: "hello").text == "POST 1 hello")
                #expect(try passage.ask("GET", "/b").text == "GET 2 ")
                let spans = try await passage.proxy.sink.spans(4)
                #expect(spans.count { $0.text("waybill.cluster") == "shadow" } == 2)
                #expect(Set(copies.withLock { $0 }) == ["POST /a hello", "GET /b "])
            }
        }

        /// A copy whose answer never comes keeps nobody waiting: else the route's time-out would end both.
        @Test(arguments: Way.allCases) func aSilentShadowKeepsNobodyWaiting(_ way: Way) async throws {
            var route = Route(name: "mirrored", cluster: "up", timeoutMilliseconds: 2_000)
            route.mirror = RequestMirror("shadow")
            try await Passage.with(way, [Self.fresh], shadow: { _ in .silence }, route: route) { passage async throws in
                #expect(try passage.ask("GET", "/a").text == "GET 1 ")
                #expect(try passage.ask("POST", "/b", body: "x").text == "POST 2 x")
                let spans = try await passage.proxy.sink.spans(2)
                #expect(spans.allSatisfy { $0.text("waybill.cluster") == "up" })
            }
        }

        @Test(arguments: Way.allCases) func headersAreEdited(_ way: Way) async throws {
            var route = Route(name: "edited", cluster: "up")
            route.requestHeaders = HeaderEdits(
                remove: ["x-secret"], set: [.init("x-zone", "a")], add: [.init("x-seen", "proxy")])
            route.responseHeaders = HeaderEdits(remove: ["server"], add: [.init("x-by", "waybill")])
            let echo: Way.Handler = { ask in
                let seen = ["x-secret", "x-zone", "x-seen"].map { ask.field($0) ?? "-" }
                return .answer(200, seen.joined(separator: ","), fields: [("server", "secret")])
            }
            try await Passage.with(way, [echo], route: route) { passage in
                let answer = try passage.ask(fields: [("x-secret", "1"), ("x-zone", "b")])
                #expect(answer.text == "-,a,proxy")
                #expect(answer.field("server") == nil && answer.field("x-by") == "waybill")
            }
        }

        // MARK: Faults

        private static func faulty(_ change: (inout FaultRule) -> Void) -> Route {
            var rule = FaultRule(name: "drill", expires: Timestamp(nanoseconds: .max), maximumSharePercent: .all)
            change(&rule)
            var route = Route(name: "faulty", cluster: "up")
            route.faults = [rule]
            return route
        }

        @Test(arguments: Way.allCases) func anAbortIsAnswered(_ way: Way) async throws {
            try await Passage.with(way, [Self.fresh], route: Self.faulty { $0.breaks = .abort(status: 503) }) {
                passage in
                let answer = try passage.ask()
                #expect(answer.status == 503 && answer.field("x-waybill-response-flags") == "FI")
                #expect(try await passage.proxy.sink.spans(1).first?.text("waybill.fault") == "drill")
            }
        }

        /// A closed connection in HTTP/1, RST_STREAM in HTTP/2.
        @Test(arguments: Way.allCases) func aResetEndsTheRequestAlone(_ way: Way) async throws {
            var route = Self.faulty { $0.breaks = .reset }
            route.faults[0].header = .init(name: "x-break")
            try await Passage.with(way, [Self.fresh], route: route) { passage in
                let answer = try passage.ask(fields: [("x-break", "1")])
                #expect(answer.isBroken && answer.status == 0)
                #expect(try passage.ask().status == 200)
                #expect(try await passage.flags(2) == ["FI", nil])
            }
        }

        @Test(arguments: Way.allCases) func slowAnswersArriveWhole(_ way: Way) async throws {
            let text = String(repeating: "0123456789", count: 3_000)
            let route = Self.faulty {
                $0.delayMilliseconds = 20
                $0.responseBytesPerSecond = 150_000
            }
            try await Passage.with(way, [{ _ in .answer(200, text) }], route: route) { passage in
                let answers = [try passage.begin(), try passage.begin()]
                for answer in answers { #expect(try answer.answer().text == text) }
                let flags = try await passage.flags(2)
                #expect(flags == ["DI", "DI"])
                withExtendedLifetime(answers) {}
            }
        }
    }
}

import Glibc
import Mesh
import Synchronization
import Telemetry
import TestSupport
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Retries {
        static let policy = RetryPolicy(
            maximumAttempts: 3, idempotencyHeader: "idempotency-key", backoffMilliseconds: 1)
        static let route = Route(name: "pay", cluster: "up", retries: policy)

        /// Fails twice, then answers with what it got.
        static func flaky(_ failure: String, closes: Bool = false) throws -> TestUpstream {
            let count = Mutex(0)
            return try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    if number < 3 {
                        try socket.write(failure)
                        if closes { return }
                    } else {
                        let parent = request.field("traceparent") ?? ""
                        try socket.write(TestUpstream.response("200 OK", parent + " " + request.text))
                    }
                }
            }
        }

        @Test func aStatusIsTriedAgainWithOneSpanForEachAttempt() async throws {
            try await TestProxy.with(try Self.flaky(TestUpstream.response("503 Busy", "no")), route: Self.route) {
                proxy in
                let client = try proxy.connect()
                try client.write(
                    "POST / HTTP/1.1\r\nhost: a\r\nIdempotency-Key: k\r\ncontent-length: 4\r\n"
                        + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\nbody")
                let answer = try client.readMessage()
                #expect(answer.status == 200)
                #expect(answer.text.hasSuffix(" body"))
                let spans = try await proxy.sink.spans(3)
                #expect(spans.count == 3)
                #expect(spans.map { $0.text("waybill.attempt") } == ["1", "2", "3"])
                #expect(spans.map { $0.text("http.request.resend_count") } == [nil, "1", "2"])
                #expect(spans.map { $0.text("http.response.status_code") } == ["503", "503", "200"])
                #expect(Set(spans.map(\.spanID)).count == 3)
                #expect(spans.allSatisfy { $0.parentSpanID.description == "b7ad6b7169203331" })
                // The upstream saw the span of the attempt that reached it.
                #expect(answer.text.contains(spans[2].spanID.description))
                #expect(proxy.counter("waybill_proxy_retries_total") == 2)
            }
        }

        @Test func aResetIsTriedAgain() async throws {
            try await TestProxy.with(try Self.flaky("", closes: true), route: Self.route) { proxy in
                let client = try proxy.connect()
                try client.write("PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.status == 200)
                #expect(answer.text.hasSuffix(" abc"))
                #expect(try await proxy.sink.spans(3).map { $0.text("waybill.response_flags") } == ["UC", "UC", nil])
            }
        }

        @Test func aPostWithoutItsKeyIsNeverRepeated() async throws {
            let upstream = try Self.flaky(TestUpstream.response("503 Busy", "no"))
            try await TestProxy.with(upstream, route: Self.route) { proxy in
                let client = try proxy.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
                #expect(try client.readMessage().status == 503)
                #expect(try await proxy.sink.spans(1).count == 1)
            }
        }

        @Test func aBodyTooLongToKeepIsNotRepeated() async throws {
            var route = Self.route
            route.retries?.maximumBodyBytes = 10
            try await TestProxy.with(try Self.flaky(TestUpstream.response("503 Busy", "no")), route: route) { proxy in
                let client = try proxy.connect()
                try client.write("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n12345678901")
                #expect(try client.readMessage().status == 503)
            }
        }

        @Test func attemptsEnd() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("502 Bad Gateway", "no") }
            try await TestProxy.with(upstream, route: Self.route) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 502)
                let spans = try await proxy.sink.spans(3)
                #expect(spans.count == 3)
                #expect(spans.last?.text("waybill.response_flags") == "URX")
            }
        }

        @Test func anotherEndpointIsTriedWhenOneRefuses() async throws {
            let good = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "good") }
            let proxy = try await TestProxy(
                TestProxy.configuration([try FreePort.next(), good.port], route: Self.route))
            let client = try proxy.connect()
            for _ in 0..<4 {
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx")
                #expect(try client.readMessage().text == "good")
            }
            client.close()
            good.stop()
            try await proxy.stop()
        }

        @Test func aTryThatTakesTooLongIsGivenUp() async throws {
            let upstream = try TestUpstream { socket, number in
                _ = try socket.readMessage()
                if number == 1 { _ = try socket.readToEnd() }
                try socket.write(TestUpstream.response("200 OK", "second"))
                _ = try socket.readToEnd()
            }
            var route = Self.route
            route.perTryTimeoutMilliseconds = 400
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().text == "second")
                #expect(try await proxy.sink.spans(2)[0].text("waybill.response_flags") == "UT")
            }
        }

        /// A try has begun to be answered: how long the rest may take is the route's time-out, not the try's.
        @Test func aTryWhoseAnswerHasBegunIsNotGivenUp() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n")
                usleep(900_000)
                try socket.write("late")
                _ = try socket.readToEnd()
            }
            var route = Self.route
            route.perTryTimeoutMilliseconds = 400
            try await TestProxy.with(upstream, route: route) { proxy in
                let answer = try proxy.get()
                #expect(answer.status == 200 && answer.text == "late")
                #expect(try await proxy.sink.spans(1).map { $0.text("waybill.response_flags") } == [nil])
            }
        }

        /// Longer each time, and at least half of what it may be.
        @Test func beforeARepetitionThereIsAPause() async throws {
            let upstream = try Self.flaky(TestUpstream.response("503 Busy", "no"))
            var route = Self.route
            route.retries?.backoffMilliseconds = 200
            route.retries?.maximumBackoffMilliseconds = 1_000
            try await TestProxy.with(upstream, route: route) { proxy in
                #expect(try proxy.get().status == 200)
                let spans = try await proxy.sink.spans(3)
                let pauses = zip(spans, spans.dropFirst()).map {
                    Int(($1.startNanoseconds - $0.endNanoseconds) / 1_000_000)
                }
                #expect(pauses.count == 2 && pauses[0] >= 99 && pauses[1] >= 199, "\(pauses)")
            }
        }

        /// A kept connection that the upstream closes as the request goes out is no fault of the request.
        @Test func theKeepAliveRaceIsNotSeenByTheClient() async throws {
            let upstream = try TestUpstream { socket, number in
                _ = try socket.readMessage()
                try socket.write(TestUpstream.response("200 OK", "\(number)"))
                // Takes the second request and closes without a word, as a server at its idle time-out does.
                _ = try socket.readMessage()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                for number in 1...3 {
                    try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try client.readMessage().text == "\(number)")
                }
                #expect(proxy.counter("waybill_proxy_upstream_keepalive_races_total") == 2)
            }
        }
    }
}

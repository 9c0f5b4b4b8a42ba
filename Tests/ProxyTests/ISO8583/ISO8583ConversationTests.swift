import Mesh
import NIOCore
import Telemetry
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension ProxyTests {
    /// Requests both ways on one connection, in every order and with every loss.
    @Suite(.serialized)
    struct ISO8583Conversations {
        private static func settings(_ change: (inout ISO8583Settings) -> Void = { _ in }) -> StreamProtocol {
            var settings = ISO8583.settings
            settings.responseTimeoutMilliseconds = 60_000
            change(&settings)
            return .iso8583(settings)
        }

        private static func rrn(_ number: Int) -> String {
            let digits = String(number)
            return "RRN" + String(repeating: "0", count: 9 - digits.utf8.count) + digits
        }

        private static func message(_ type: String, _ number: Int, code: String? = nil) -> [UInt8] {
            let digits = String(number % 1_000_000)
            let stan = String(repeating: "0", count: 6 - digits.utf8.count) + digits
            return ISO8583.message(type, stan: stan, rrn: rrn(number), code: code)
        }

        @Test func theSameAuditNumberTwiceIsAnsweredInOrder() async throws {
            let request = Self.message("0200", 7)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.read(2 * request.count)
                try socket.write(Self.message("0210", 7, code: "00"))
                try socket.write(Self.message("0210", 7, code: "94"))
                try socket.write(Self.message("0210", 7, code: "00"))
                _ = try socket.readToEnd()
            }
            try await TestStream.with([upstream.port], Self.settings()) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(request + request)
                let spans = try await proxy.sink.spans(3)
                #expect(spans.map { $0.text("iso8583.response_code") } == ["00", "94", "00"])
                #expect(spans.map(\.name) == ["iso8583 0200", "iso8583 0200", "iso8583 0210"])
                #expect(spans[0].startNanoseconds <= spans[1].startNanoseconds)
                #expect(spans.map { $0.text("error.type") } == [nil, nil, "iso8583_unmatched"])
                let outcomes = { (outcome: String) in
                    proxy.counter(
                        "waybill_proxy_iso8583_exchanges_total{direction=\"outbound\",outcome=\"\(outcome)\",route=\"all\"}"
                    )
                }
                #expect(outcomes("answered") == 2 && outcomes("unmatched") == 1)
            }
            upstream.stop()
        }

        @Test func eachSideMayAskTheOther() async throws {
            let upstream = try TestUpstream { socket, _ in
                // The same numbers as the client's: what is asked one way is not answered from there.
                try socket.write(Self.message("0800", 1))
                let echo = Self.message("0800", 1)
                #expect(try socket.read(echo.count) == echo)
                let answer = Self.message("0810", 1, code: "00")
                #expect(try socket.read(answer.count) == answer)
                try socket.write(answer)
                // A notification, which nobody answers.
                try socket.write(Self.message("0840", 2))
                _ = try socket.readToEnd()
            }
            try await TestStream.with([upstream.port], Self.settings()) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(Self.message("0800", 1))
                _ = try client.read(Self.message("0800", 1).count)
                try client.write(Self.message("0810", 1, code: "00"))
                let spans = try await proxy.sink.spans(3)
                #expect(spans.map(\.name) == ["iso8583 0800", "iso8583 0800", "iso8583 0840"])
                #expect(spans.map(\.kind) == [.server, .client, .server])
                #expect(spans.map { $0.text("iso8583.response_code") } == ["00", "00", nil])
                #expect(spans.allSatisfy { $0.status.code == 0 })
            }
            upstream.stop()
        }

        @Test func whatWasAskedWhenTheConnectionWentIsRecorded() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.read(3 * Self.message("0200", 1).count)
                try socket.write(Self.message("0210", 2, code: "00"))
                try socket.write(Array(Self.message("0210", 1, code: "00").prefix(20)))
                socket.reset()
            }
            try await TestStream.with([upstream.port], Self.settings()) { proxy, port in
                let client = try RawSocket.connect(port)
                for number in 1...3 { try client.write(Self.message("0200", number)) }
                let spans = try await proxy.sink.spans(4)
                #expect(spans.count == 4)
                let flags = Dictionary(grouping: spans) { $0.text("card.rrn") ?? "-" }
                    .mapValues { $0.map { $0.text("waybill.response_flags") } }
                #expect(flags == [Self.rrn(1): ["UC"], Self.rrn(2): [nil], Self.rrn(3): ["UC"], "-": ["UC"]])
            }
            upstream.stop()
        }

        @Test func tooManyUnansweredRequestsGiveUpTheOldest() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestStream.with([upstream.port], Self.settings { $0.maximumPendingRequests = 2 }) { proxy, port in
                let client = try RawSocket.connect(port)
                for number in 1...3 { try client.write(Self.message("0200", number)) }
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UO" && span.text("card.rrn") == Self.rrn(1))
                client.close()
                #expect(try await proxy.sink.spans(4).count == 4)
            }
            upstream.stop()
        }

        @Test func aMalformedMessageLeavesNothingOfItsFields() async throws {
            let good = Self.message("0200", 5)
            // The card number is said to have 12 digits: its last four come where the time is expected.
            let bad = good[..<14] + Array("12".utf8) + good[16...]
            let upstream = try TestUpstream { socket, _ in
                try socket.write(socket.read(good.count))
                _ = try socket.readToEnd()
            }
            try await TestStream.with([upstream.port], Self.settings()) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(Array(bad))
                // It is passed on as it is: what the proxy does not understand is not its to judge.
                #expect(try client.read(good.count) == Array(bad))
                let spans = try await proxy.sink.spans(2)
                #expect(spans.allSatisfy { $0.text("error.type") == "iso8583_malformed" && $0.text("card.rrn") == nil })
                #expect(spans.allSatisfy { !"\($0)".contains("1111") && !"\($0)".contains("RRN") })
                #expect(proxy.counter(#"waybill_proxy_iso8583_faults_total{direction="outbound",route="all"}"#) == 2)
            }
            upstream.stop()
        }

        @Test func anEndpointThatDoesNotAnswerIsEjected() async throws {
            let request = Self.message("0200", 1)
            let upstreams = try (0..<2).map { _ in
                try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            }
            try await TestStream.with(
                upstreams.map(\.port), Self.settings { $0.responseTimeoutMilliseconds = 50 },
                cluster: {
                    $0.outlierDetection = OutlierDetection(consecutive5xx: 2, maximumEjectionPercent: Percentage(50))
                }
            ) { proxy, port in
                let client = try RawSocket.connect(port)
                try client.write(request + request)
                _ = try await proxy.sink.spans(2)
                #expect(proxy.counter(#"waybill_proxy_endpoint_ejections_total{cluster="up"}"#) == 1)
                // Open connections stay: an answer may come yet.
                try client.write(request)
                #expect(try await proxy.sink.spans(3).count == 3)
            }
            for upstream in upstreams { upstream.stop() }
        }

        @Test func aDrainingProxyLetsGoBetweenTwoMessages() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.read(2 * Self.message("0200", 1).count)
                try socket.write(Self.message("0210", 1, code: "00"))
                // The second answer takes a while longer.
                usleep(200_000)
                try socket.write(Self.message("0210", 2, code: "00"))
                _ = try socket.readToEnd()
            }
            let proxy = try await TestProxy(TestStream.configuration([upstream.port], Self.settings()))
            let client = try RawSocket.connect(proxy.stream)
            try client.write(Self.message("0200", 1) + Self.message("0200", 2))
            let answer = Self.message("0210", 1, code: "00")
            _ = try client.read(answer.count)
            let drained = Task { try await proxy.server.drain(deadline: .now() + .seconds(30)) }
            _ = try client.read(answer.count)
            #expect(try client.isClosedByPeer())
            _ = try await drained.value
            let spans = try await proxy.sink.spans(3)
            #expect(spans.map { $0.text("waybill.response_flags") } == [nil, nil, "DR"])
            upstream.stop()
        }

        /// Whatever the bytes are cut into, and however the answers are ordered: every byte passes, every pair is found.
        @Test func piecesOfAnySizeMakeTheSamePairs() async throws {
            let given = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) }
            let seed = given ?? UInt64.random(in: 0...UInt64.max)
            print("WAYBILL_SEED=\(seed)")
            var random = SeededRandom(seed)
            let count = 300
            let requests = (1...count).flatMap { Self.message("0200", $0) }
            let answers = (1...count).shuffled(using: &random).flatMap { Self.message("0210", $0, code: "00") }
            let cuts = random
            let upstream = try TestUpstream { socket, _ in
                var random = cuts
                #expect(try socket.read(requests.count) == requests)
                try Self.write(answers, to: socket, &random)
                _ = try socket.readToEnd()
            }
            try await TestStream.with([upstream.port], Self.settings()) { proxy, port in
                let client = try RawSocket.connect(port)
                try Self.write(requests, to: client, &random)
                #expect(try client.read(answers.count) == answers, "WAYBILL_SEED=\(seed)")
                let spans = try await proxy.sink.spans(count)
                #expect(Set(spans.compactMap { $0.text("card.rrn") }).count == count, "WAYBILL_SEED=\(seed)")
                #expect(spans.allSatisfy { $0.text("iso8583.response_code") == "00" && $0.status.code == 0 })
            }
            upstream.stop()
        }

        private static func write(_ bytes: [UInt8], to socket: RawSocket, _ random: inout SeededRandom) throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...150, using: &random))
                try socket.write(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
        }
    }
}

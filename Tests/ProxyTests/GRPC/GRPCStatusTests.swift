import Foundation
import Mesh
import Proxy
import Synchronization
import Telemetry
import Testing
import Transport

extension ProxyTests {
    /// The status of a call, which HTTP's status says nothing of.
    @Suite(.serialized)
    struct GRPCStatuses {
        static let http2: @Sendable (inout Cluster) -> Void = { $0.httpProtocol = .http2 }

        /// The code a call asks for, with and without a message before it.
        static func echo() throws -> TestUpstream {
            try FrameServer.answering { request in
                let code = Int(request.field("x-code") ?? "") ?? 0
                return .status(code, messages: request.field("x-message") == nil ? [] : [[8, 1]])
            }
        }

        /// Of a server's span these are errors; of a client's all but OK.
        private static let serverErrors: Set<Int> = [2, 4, 12, 13, 14, 15]

        @Test(arguments: [true, false]) func everyStatusIsOnTheSpans(_ inbound: Bool) async throws {
            try await TestProxy.with(try Self.echo(), inbound: inbound, cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                for code in 0...16 {
                    let answer = try client.call(
                        stream: Int32(2 * code + 1),
                        fields: [("x-code", String(code))] + (code % 2 == 0 ? [] : [("x-message", "1")]))
                    #expect(answer.code == String(code) && answer.field(":status") == "200")
                }
                let spans = try await proxy.sink.spans(17)
                #expect(spans.count == 17)
                for (code, span) in spans.enumerated() {
                    let isError = inbound ? Self.serverErrors.contains(code) : code != 0
                    #expect(span.text("rpc.system") == "grpc")
                    #expect(span.text("rpc.service") == "bank.Ledger" && span.text("rpc.method") == "Post")
                    #expect(span.attributes.first("rpc.grpc.status_code") == .int(Int64(code)))
                    #expect(span.text("http.response.status_code") == "200")
                    #expect(span.status.isError == isError, "\(code)")
                    let name = GRPCCode(rawValue: UInt8(code))?.name
                    #expect(span.text("error.type") == (isError ? name : nil))
                    // A method that nobody implements is not one to name spans by.
                    #expect(span.name == (code == 12 ? "POST" : "bank.Ledger/Post"))
                }
                let peer = inbound ? "" : "up"
                let direction = inbound ? "inbound" : "outbound"
                let labels = "direction=\"\(direction)\",grpc_status=\"14\",peer=\"\(peer)\",route=\"all\""
                #expect(proxy.counter("waybill_proxy_requests_total{code=\"5xx\",\(labels)}") == 1)
            }
        }

        @Test(
            arguments: [
                ([(":status", "200"), ("content-type", "application/grpc")], 2),
                ([(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "77")], 2),
                ([(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "x")], 2),
                ([(":status", "503")], 14), ([(":status", "404")], 12), ([(":status", "401")], 16),
            ] as [([(String, String)], Int64)]) func anAnswerWithoutAStatusHasOne(
                _ head: [(String, String)], _ code: Int64
            ) async throws
        {
            let upstream = try FrameServer.answering { _ in .answer(head) }
            try await TestProxy.with(upstream, cluster: Self.http2) { proxy in
                _ = try FrameClient(try proxy.connect()).call(stream: 1)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.attributes.first("rpc.grpc.status_code") == .int(code))
                #expect(span.status.isError)
            }
        }

        @Test(arguments: [
            ("application/grpc", true), ("application/grpc+json", true), ("application/grpc; x=1", true),
            ("Application/GRPC+proto", true), ("application/grpc-web", false), ("application/grp", false),
            ("application/json", false),
        ]) func whatIsACall(_ type: String, _ isCall: Bool) async throws {
            try await TestProxy.with(try Self.echo(), cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(FrameClient.request("POST", "/a.B/C") + [("content-type", type)], stream: 1)
                _ = try client.answer(stream: 1)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("rpc.system") == (isCall ? "grpc" : nil))
                #expect(span.name == (isCall ? "a.B/C" : "POST"))
            }
        }

        @Test(arguments: [
            "/", "/a", "//", "/a.B/", "/a.B/C/", "/a b/C", "/a.B/C%41", "/" + String(repeating: "x", count: 600) + "/C",
        ])
        func pathsThatNameNoMethod(_ path: String) async throws {
            try await TestProxy.with(try Self.echo(), cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                let sent = path.replacing(" ", with: "!")
                _ = try client.call(sent, stream: 1)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("rpc.method") == nil && span.name == "POST")
                #expect(span.text("rpc.system") == "grpc" && span.text("url.path") == sent)
            }
        }

        // MARK: Retries

        static let retrying = Route(
            name: "pay", cluster: "up",
            retries: RetryPolicy(
                maximumAttempts: 3, conditions: [.grpcUnavailable, .grpcResourceExhausted],
                idempotencyHeader: "idempotency-key", backoffMilliseconds: 1))

        @Test(arguments: [
            // The status, whether a message comes before it, whether the call carries its key: how often it is sent.
            (14, false, true, 3), (8, false, true, 3), (14, true, true, 1), (14, false, false, 1), (13, false, true, 1),
        ]) func onlyAStatusWithoutMessagesIsTriedAgain(
            _ code: Int, _ message: Bool, _ key: Bool, _ attempts: Int
        ) async throws {
            let upstream = try FrameServer.answering { request in
                request.number < 3 ? .status(code, messages: message ? [[8, 1]] : []) : .status(0, messages: [[8, 1]])
            }
            try await TestProxy.with(upstream, route: Self.retrying, cluster: Self.http2) { proxy in
                let fields = key ? [("idempotency-key", "k")] : []
                let answer = try FrameClient(try proxy.connect()).call(stream: 1, fields: fields)
                #expect(answer.code == (attempts == 3 ? "0" : String(code)))
                let spans = try await proxy.sink.spans(attempts)
                let codes = spans.map { $0.text("rpc.grpc.status_code") }
                let expected = attempts == 3 ? [String(code), String(code), "0"] : [String(code)]
                #expect(codes == expected)
                #expect(upstream.connections == 1)
            }
        }

        @Test func aTryThatTakesTooLongHasExceededItsDeadline() async throws {
            let upstream = try FrameServer.answering { request in request.number == 1 ? .silence : .status(0) }
            var route = Self.retrying
            route.retries?.conditions = [.grpcDeadlineExceeded]
            route.perTryTimeoutMilliseconds = 400
            try await TestProxy.with(upstream, route: route, cluster: Self.http2) { proxy in
                let answer = try FrameClient(try proxy.connect()).call(stream: 1, fields: [("idempotency-key", "k")])
                #expect(answer.code == "0" && upstream.connections == 1)
                let codes = try await proxy.sink.spans(2).map { $0.text("rpc.grpc.status_code") }
                #expect(codes == ["4", "0"])
            }
        }

        // MARK: Endpoints

        @Test(arguments: [(14, true), (4, true), (13, true), (2, true), (5, false), (7, false), (8, false), (1, false)])
        func endpointsAreJudgedByTheStatus(_ code: Int, _ isFailure: Bool) async throws {
            let bad = try FrameServer.answering { _ in .status(code, messages: [[8, 1]]) }
            let good = try FrameServer.answering { _ in .status(0) }
            let detection = OutlierDetection(consecutive5xx: 2, baseEjectionMilliseconds: 60_000)
            try await TestProxy.with(
                [good, bad],
                cluster: {
                    $0.httpProtocol = .http2
                    $0.outlierDetection = detection
                }
            ) { proxy in
                let client = try FrameClient(try proxy.connect())
                let codes = try (0..<12).map { try client.call(stream: Int32(2 * $0 + 1)).code }
                #expect(codes.count { $0 == String(code) } == (isFailure ? 2 : 6))
            }
        }

        @Test func theBreakerCountsCallsThatFail() async throws {
            let breaker = FailureRateBreaker(minimumRequests: 4, openMilliseconds: 60_000)
            let upstream = try FrameServer.answering { _ in .status(14) }
            try await TestProxy.with(
                upstream,
                cluster: {
                    $0.httpProtocol = .http2
                    $0.failureRateBreaker = breaker
                }
            ) { proxy in
                let client = try FrameClient(try proxy.connect())
                let answers = try (0..<6).map { try client.call(stream: Int32(2 * $0 + 1)) }
                #expect(answers.map(\.code) == Array(repeating: "14", count: 6))
                #expect(answers.map { $0.field("x-waybill-response-flags") } == [nil, nil, nil, nil, "BO", "BO"])
            }
        }

        // MARK: Time

        @Test func aRouteThatTakesTooLongHasExceededItsDeadline() async throws {
            let upstream = try FrameServer.answering { request in
                request.path == "/a.B/Silent"
                    ? .silence
                    : .begin(
                        [(":status", "200"), ("content-type", "application/grpc")], body: FrameServer.framed([8, 1]))
            }
            let route = Route(name: "short", cluster: "up", timeoutMilliseconds: 500)
            try await TestProxy.with(upstream, route: route, cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                let silent = try client.call("/a.B/Silent", stream: 1)
                #expect(silent.code == "4" && silent.body.isEmpty && silent.field("x-waybill-response-flags") == "UT")
                // Broken off after its first message: told so, not reset.
                let begun = try client.call("/a.B/Begun", stream: 3)
                #expect(begun.body == FrameServer.framed([8, 1]) && begun.trailer("grpc-status") == "4")
                #expect(begun.resetBy == nil && begun.trailer("grpc-message")?.contains("500 ms") == true)
                let spans = try await proxy.sink.spans(2)
                #expect(spans.allSatisfy { $0.attributes.first("rpc.grpc.status_code") == .int(4) })
                #expect(spans.allSatisfy { $0.text("waybill.response_flags") == "UT" && $0.status.isError })
            }
        }

        @Test func aConnectionThatIsLostInAnAnswerIsUnavailable() async throws {
            let upstream = try TestUpstream { socket, _ in
                let peer = try FrameClient(socket, greets: false)
                _ = try socket.read(24)
                try peer.send(4)
                while try peer.next().kind != 0 {}
                try peer.headers([(":status", "200"), ("content-type", "application/grpc")], stream: 1, ends: false)
                try peer.data(FrameServer.framed([8, 1]), stream: 1)
            }
            try await TestProxy.with(upstream, cluster: Self.http2) { proxy in
                let answer = try FrameClient(try proxy.connect()).call(stream: 1)
                #expect(answer.code == "14" && answer.resetBy == nil)
                #expect(try await proxy.sink.spans(1).first?.text("waybill.response_flags") == "UC")
            }
        }

        @Test(arguments: [true, false]) func aCallThatItsCallerGivesUpIsCancelled(_ inbound: Bool) async throws {
            let upstream = try FrameServer.answering { _ in .silence }
            try await TestProxy.with(upstream, inbound: inbound, cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.begin(stream: 1)
                try client.data(FrameServer.framed([8, 1]), stream: 1, ends: true)
                while upstream.connections == 0 { usleep(1_000) }
                try client.send(3, stream: 1, payload: [0, 0, 0, 8])
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.attributes.first("rpc.grpc.status_code") == .int(1))
                #expect(span.text("waybill.response_flags") == "DC" && span.status.isError == !inbound)
            }
        }

        @Test func theAccessLogHasIt() async throws {
            let path = FileManager.default.temporaryDirectory
                .appendingPathComponent("waybill-\(UUID().uuidString).log").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            let upstream = try Self.echo()
            var configuration = TestProxy.configuration([upstream.port], cluster: Self.http2)
            configuration.accessLog = AccessLogDestination(path: path)
            let proxy = try await TestProxy(configuration)
            _ = try FrameClient(try proxy.connect()).call(stream: 1, fields: [("x-code", "9")])
            _ = try await proxy.sink.spans(1)
            upstream.stop()
            try await proxy.stop()
            let line = try String(contentsOfFile: path, encoding: .utf8)
            let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(entry["status"] as? Int == 200 && entry["grpc_status"] as? Int == 9)
        }
    }
}

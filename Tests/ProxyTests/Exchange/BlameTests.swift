import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// Whose fault it is when time runs out: endpoints are ejected for theirs, and for nobody else's.
    @Suite(.serialized)
    struct Blame {
        /// A try begins anew with each byte of the request: the service cannot answer before it has them all.
        @Test func aSlowClientIsNoSlowEndpoint() async throws {
            var route = Route(name: "all", cluster: "up", retries: RetryPolicy(maximumAttempts: 2))
            route.perTryTimeoutMilliseconds = 900
            let upstream = try TestUpstream.answering { request, _ in TestUpstream.response("200 OK", request.text) }
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                try client.write("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n")
                for byte in ["a", "b", "c", "d"] {
                    try await Task.sleep(nanoseconds: 300_000_000)
                    try client.write(byte)
                }
                let answer = try client.readMessage()
                #expect(answer.status == 200 && answer.text == "abcd")
                let spans = try await proxy.sink.spans(1)
                #expect(spans.map { $0.text("waybill.response_flags") } == [nil])
            }
        }

        /// The client waits as it said, and the service says nothing.
        @Test func aServiceThatDoesNotSayContinue() async throws {
            var route = Route(name: "all", cluster: "up")
            route.timeoutMilliseconds = 300
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                try client.write("PUT / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.status == 504 && answer.field("x-waybill-response-flags") == "UT")
            }
        }

        /// And one that does, to a client that then sends nothing.
        @Test func aClientThatDoesNotContinue() async throws {
            var route = Route(name: "all", cluster: "up")
            route.timeoutMilliseconds = 1_000
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                try socket.write("HTTP/1.1 100 Continue\r\n\r\n")
                _ = try socket.readToEnd()
            }
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                try client.write("PUT / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
                #expect(try client.readHead().status == 100)
                let answer = try client.readMessage()
                #expect(answer.status == 408 && answer.field("x-waybill-response-flags") == "DT")
            }
        }

        /// An endpoint of HTTP/1 that speaks without end is not listened to without end.
        @Test func interimAnswersWithoutEnd() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                while true { try socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n") }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                var answer = try client.readHead()
                var count = 0
                while answer.status == 103, count < 1_000 {
                    answer = try client.readHead()
                    count += 1
                }
                #expect(answer.status == 502 && count == 128)
                #expect(answer.field("x-waybill-response-flags") == "UPE")
            }
        }

        /// The record of a request that is refused is found by its transaction as well.
        @Test func aRefusalIsFoundByItsTransaction() async throws {
            let source = TransactionSource(attribute: "payment.uetr", location: .header("x-id"))
            let route = Route(
                name: "pay", cluster: "up", transactionSources: [source], payment: true, whenSpoolFull: .refuse)
            var limits = RequestLimits()
            limits.maximumBodyBytes = 10
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, route: route, limits: limits) { proxy in
                func ask(_ fields: String) throws -> Int {
                    let client = try proxy.connect()
                    defer { client.close() }
                    try client.write("POST / HTTP/1.1\r\nhost: a\r\nx-id: T-1\r\n\(fields)\r\n")
                    return try client.readMessage().status
                }
                #expect(try ask("content-length: 11\r\n") == 413)
                #expect(try ask("content-length: 0\r\nconnection: upgrade\r\nupgrade: websocket\r\n") == 403)
                proxy.sink.refusePayments()
                #expect(try ask("content-length: 0\r\n") == 503)
                let spans = try await proxy.sink.spans(3)
                #expect(spans.map { $0.text("payment.uetr") } == ["T-1", "T-1", "T-1"])
            }
        }
    }
}

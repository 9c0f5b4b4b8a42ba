import Glibc
import Mesh
import Synchronization
import Telemetry
import TestSupport
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct UpstreamFailures {
        @Test func nobodyListens() async throws {
            let proxy = try await TestProxy(TestProxy.configuration([try FreePort.next()]))
            let client = try proxy.connect()
            try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc")
            let answer = try client.readMessage()
            #expect(answer.status == 503)
            #expect(answer.field("x-waybill-response-flags") == "UF")
            #expect(answer.text.contains("Connection refused"))
            let span = try await proxy.sink.spans(1)[0]
            #expect(span.text("error.type") == "upstream_connection_failure")
            #expect(span.status.isError)
            client.close()
            try await proxy.stop()
        }

        @Test func theUpstreamDiesInTheMiddleOfItsAnswer() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                let head = try client.readHead()
                #expect(head.status == 200)
                #expect(try client.readToEnd() == Array("only this".utf8))
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.response_flags") == "UC")
                #expect(span.text("http.response.status_code") == "200")
                #expect(span.status.isError && span.status.message.contains("in the middle of its answer"))
            }
        }

        @Test func aBrokenChunkedAnswerIsNotPassedOffAsWhole() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
                _ = try socket.readToEnd()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.readHead()
                #expect(try client.readToEnd() == Array("3\r\nabc\r\n".utf8))
                #expect(try await proxy.sink.spans(1)[0].text("waybill.response_flags") == "UPE")
            }
        }

        @Test(
            arguments: [
                "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
                "HTTP/2 200\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
                "HTTP/1.1 200 OK\nx: y\n\n", "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
            ])
        func anAnswerThatIsNotHTTP(_ answer: String) async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write(answer)
                _ = try socket.readToEnd()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                let refused = try client.readMessage()
                #expect(refused.status == 502)
                #expect(refused.field("x-waybill-response-flags") == "UPE")
            }
        }

        @Test func theUpstreamNeverAnswers() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            let route = Route(name: "all", cluster: "up", timeoutMilliseconds: 100)
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.status == 504)
                #expect(answer.field("x-waybill-response-flags") == "UT")
                #expect(answer.text == "up did not answer within 100 ms\n")
                // Only this request suffers: the connection goes on.
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readMessage().status == 504)
            }
        }

        @Test func theClientDisappears() async throws {
            let closed = Mutex(false)
            let arrived = Flag()
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                arrived.set()
                if try socket.isClosedByPeer() { closed.withLock { $0 = true } }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                while !arrived.isSet { try await Task.sleep(nanoseconds: 5_000_000) }
                client.reset()
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.response_flags") == "DC")
                #expect(span.text("http.response.status_code") == nil)
                #expect(span.status.isError)
                try await eventually("the service sees it") { closed.withLock { $0 } }
            }
        }

        @Test func tooManyRequestsForTheConnections() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with(
                upstream,
                cluster: {
                    $0.maximumConnections = 1
                    $0.maximumPendingRequests = 1
                }
            ) { proxy in
                let first = try proxy.connect()
                try first.write("GET /1 HTTP/1.1\r\nhost: a\r\n\r\n")
                while upstream.connections == 0 { try await Task.sleep(nanoseconds: 5_000_000) }
                let others = try (0..<2).map { _ in try proxy.connect() }
                for other in others { try other.write("GET /2 HTTP/1.1\r\nhost: a\r\n\r\n") }
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("waybill.response_flags") == "UO")
                #expect(span.status.message.contains("too many requests wait"))
                for client in [first] + others { client.close() }
            }
        }

        @Test func aWaitingRequestGetsTheNextFreeConnection() async throws {
            let gate = Mutex(false)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    while request.startLine.contains("/1 "), !gate.withLock({ $0 }) { usleep(5_000) }
                    try socket.write(TestUpstream.response("200 OK", request.startLine))
                }
            }
            try await TestProxy.with(upstream, cluster: { $0.maximumConnections = 1 }) { proxy in
                let clients = try (1...2).map { _ in try proxy.connect() }
                try clients[0].write("GET /1 HTTP/1.1\r\nhost: a\r\n\r\n")
                while upstream.connections == 0 { try await Task.sleep(nanoseconds: 5_000_000) }
                try clients[1].write("GET /2 HTTP/1.1\r\nhost: a\r\n\r\n")
                gate.withLock { $0 = true }
                #expect(try clients[0].readMessage().text.contains("/1"))
                #expect(try clients[1].readMessage().text.contains("/2"))
                #expect(upstream.connections == 1)
            }
        }

        @Test func anUnsolicitedAnswerNeverReachesTheNextClient() async throws {
            let upstream = try TestUpstream { socket, number in
                while true {
                    _ = try socket.readMessage()
                    let extra = number == 1 ? TestUpstream.response("200 OK", "stolen") : ""
                    try socket.write(TestUpstream.response("200 OK", "real \(number)") + extra)
                }
            }
            try await TestProxy.with(upstream) { proxy in
                for number in 1...2 {
                    let client = try proxy.connect()
                    try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try client.readMessage().text == "real \(number)")
                }
            }
        }
    }
}

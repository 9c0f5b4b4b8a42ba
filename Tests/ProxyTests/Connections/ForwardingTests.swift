import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Forwarding {
        static func echo() throws -> TestUpstream {
            try .answering { request, number in
                let lines = request.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
                let text = "\(request.startLine)\n\(number)\n\(lines)\n\n\(request.text)"
                return TestUpstream.response("200 OK", request.startLine.hasPrefix("HEAD") ? "" : text)
            }
        }

        @Test(arguments: ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"])
        func methods(_ method: String) async throws {
            try await TestProxy.with(try Self.echo()) { proxy in
                let client = try proxy.connect()
                try client.write("\(method) /a/b?c=d HTTP/1.1\r\nHost: shop.example\r\ncontent-length: 5\r\n\r\nhello")
                let answer = try client.readMessage()
                #expect(answer.status == 200)
                #expect(answer.text.hasPrefix("\(method) /a/b?c=d HTTP/1.1\n"))
                #expect(answer.text.contains("\nhost: shop.example\n"))
                #expect(answer.text.hasSuffix("\n\nhello"))
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.kind == .client)
                #expect(span.text("http.request.method") == (method == "PURGE" ? "_OTHER" : method))
                #expect(span.text("url.path") == "/a/b")
                #expect(span.text("http.response.status_code") == "200")
                #expect(span.text("server.address") == "shop.example")
                #expect(!span.attributes.contains { $0.value.text.contains("c=d") || $0.value.text.contains("hello") })
            }
        }

        @Test func headHasNoBodyAndKeepsTheConnection() async throws {
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    try socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nX-A: b\r\n\r\n")
                    if !request.startLine.hasPrefix("HEAD") {
                        try socket.write([UInt8](repeating: 0x61, count: 1000))
                    }
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                for method in ["HEAD", "GET", "HEAD"] {
                    try client.write("\(method) / HTTP/1.1\r\nhost: a\r\n\r\n")
                    let answer = try client.readMessage(answering: method)
                    #expect(answer.field("content-length") == "1000")
                    #expect(answer.body.count == (method == "GET" ? 1000 : 0))
                }
                #expect(upstream.connections == 1)
            }
        }

        @Test func connectionsAreKeptOnBothSides() async throws {
            let upstream = try Self.echo()
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                for index in 0..<20 {
                    try client.write("GET /\(index) HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try client.readMessage().text.hasPrefix("GET /\(index) HTTP/1.1\n1\n"))
                }
                #expect(upstream.connections == 1)
            }
        }

        @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
            try await TestProxy.with(try Self.echo()) { proxy in
                let client = try proxy.connect()
                let count = 50
                try client.write(
                    (0..<count).map { "POST /\($0) HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc" }.joined())
                for index in 0..<count {
                    #expect(try client.readMessage().text.hasPrefix("POST /\(index) HTTP/1.1\n"))
                }
                #expect(try await proxy.sink.spans(count).count == count)
            }
        }

        @Test func hopByHopFieldsStayBehind() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                let names = request.fields.map(\.name).sorted().joined(separator: ",")
                return TestUpstream.response(
                    "200 OK", names, "connection: x-secret\r\nx-secret: 1\r\nkeep-alive: 5\r\nx-open: 1\r\n")
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write(
                    "GET / HTTP/1.1\r\nhost: a\r\nConnection: keep-alive, X-Private\r\nX-Private: 1\r\nTE: trailers\r\n"
                        + "Keep-Alive: 5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\nUpgrade: h2c\r\n"
                        + "Accept: */*\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.text == "accept,host,traceparent")
                #expect(answer.field("x-secret") == nil)
                #expect(answer.field("keep-alive") == nil)
                #expect(answer.field("x-open") == "1")
            }
        }

        @Test func chunkedBodiesAndTrailersPassBothWays() async throws {
            let upstream = try TestUpstream { socket, _ in
                let request = try socket.readMessage()
                #expect(request.field("transfer-encoding") == "chunked")
                let trailers = request.trailers.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
                try socket.write(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5;ext=1\r\nhello\r\n\(String(trailers.utf8.count, radix: 16))\r\n\(trailers)\r\n"
                        + "0\r\nX-Checksum: 7\r\nContent-Length: 3\r\n\r\n")
                _ = try socket.readMessage()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write(
                    "POST / HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.text == "hellox-sum=1")
                #expect(answer.trailers.map(\.name) == ["x-checksum"])
            }
        }

        @Test func olderPeers() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                try socket.write("HTTP/1.0 200 OK\r\n\r\nuntil the end")
            }
            try await TestProxy.with(upstream) { proxy in
                let modern = try proxy.connect()
                try modern.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                let chunked = try modern.readMessage()
                #expect(chunked.field("transfer-encoding") == "chunked")
                #expect(chunked.text == "until the end")
                // The client's connection outlives the upstream's.
                try modern.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try modern.readMessage().text == "until the end")

                let old = try proxy.connect()
                try old.write("GET / HTTP/1.0\r\n\r\n")
                let plain = try old.readMessage()
                #expect(plain.field("transfer-encoding") == nil)
                #expect(plain.field("connection") == "close")
                #expect(plain.text == "until the end")
            }
        }

        @Test func continueAndOtherInterimResponses() async throws {
            let upstream = try TestUpstream { socket, _ in
                let head = try socket.readHead()
                #expect(head.field("expect") == "100-continue")
                try socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
                let body = try socket.read(4)
                try socket.write(TestUpstream.response("201 Created", String(decoding: body, as: UTF8.self)))
                _ = try socket.readHead()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\nExpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
                #expect(try client.readMessage().status == 100)
                #expect(try client.readMessage().field("link") == "</a>")
                try client.write("body")
                let answer = try client.readMessage()
                #expect(answer.status == 201)
                #expect(answer.text == "body")
            }
        }

        @Test func anEarlyResponseReachesTheClient() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                try socket.write(TestUpstream.response("403 Forbidden", "no"))
                _ = try socket.readToEnd()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\nbegin")
                let answer = try client.readMessage()
                #expect(answer.status == 403)
                #expect(answer.text == "no")
                #expect(answer.field("connection") == "close")
                #expect(try client.isClosedByPeer())
            }
        }

        @Test func anAbsoluteTargetReplacesTheHost() async throws {
            try await TestProxy.with(try Self.echo()) { proxy in
                let client = try proxy.connect()
                try client.write("GET http://real.example:8080/p?q=1 HTTP/1.1\r\nHost: other.example\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.text.hasPrefix("GET /p?q=1 HTTP/1.1\n"))
                #expect(answer.text.contains("\nhost: real.example:8080\n"))
                #expect(!answer.text.contains("other.example"))
                let span = try await proxy.sink.spans(1)[0]
                #expect(span.text("server.port") == "8080")
            }
        }

        @Test func aRequestThatNoRouteTakes() async throws {
            let route = Route(name: "api", match: RouteMatch(host: .exact("api"), path: .prefix("/v1")), cluster: "up")
            try await TestProxy.with(try Self.echo(), route: route) { proxy in
                let client = try proxy.connect()
                try client.write("GET /v2 HTTP/1.1\r\nhost: api\r\n\r\n")
                let refused = try client.readMessage()
                #expect(refused.status == 404)
                #expect(refused.field("x-waybill-response-flags") == "NR")
                try client.write("GET /v1/x HTTP/1.1\r\nhost: API:80\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                let spans = try await proxy.sink.spans(2)
                #expect(spans[0].text("waybill.response_flags") == "NR")
                #expect(spans[1].text("waybill.route") == "api")
                #expect(spans[1].text("http.route") == "/v1")
                #expect(spans[1].name == "GET /v1")
            }
        }

        @Test func requestsGoRoundTheEndpoints() async throws {
            let upstreams = try (0..<3).map { index in
                try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "\(index)") }
            }
            let proxy = try await TestProxy(TestProxy.configuration(upstreams.map(\.port)))
            let client = try proxy.connect()
            var seen: [String: Int] = [:]
            for _ in 0..<9 {
                try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                seen[try client.readMessage().text, default: 0] += 1
            }
            #expect(seen == ["0": 3, "1": 3, "2": 3])
            client.close()
            for upstream in upstreams { upstream.stop() }
            try await proxy.stop()
        }
    }
}

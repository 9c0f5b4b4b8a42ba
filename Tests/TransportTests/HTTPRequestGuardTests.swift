import NIOHTTP1
import Testing
import Transport

@Suite struct HTTPRequestGuardTests {
    private static let end = "Connection: close\r\n\r\n"

    @Test func goodRequestsPass() async throws {
        try await HTTPServer.with { server in
            let answer = try await server.exchange([
                "GET /a?b=c HTTP/1.1\r\nHost: bank\r\n\r\n"
                    + "POST /b HTTP/1.1\r\nHost: bank\r\nContent-Length: 3\r\n\r\nabc"
                    + "POST /c HTTP/1.1\r\nHost: bank\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n"
                    + "GET /d HTTP/1.1\r\nHost: [::1]:80\r\n\(Self.end)"
            ])
            #expect(server.seen.withLock { $0 } == ["GET /a?b=c 0", "POST /b 3", "POST /c 5", "GET /d 0"])
            #expect(answer.components(of: "HTTP/1.1 200 OK") == 4)
            #expect(answer.components(of: "onnection: close") == 1)
            #expect(server.refusals.withLock { $0 }.isEmpty)
        }
    }

    /// Everything that must be refused, in one byte and in many; nothing of it reaches the server.
    @Test(arguments: [
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400,
            HTTPRefusal.Reason.conflictingLength
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400, .conflictingLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400, .conflictingLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\nabc", 400, .conflictingLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc", 400, .conflictingLength),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            .transferEncoding
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400,
            .conflictingLength
        ),
        ("GET / HTTP/1.1\r\n\r\n", 400, .host), ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, .host),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, .host), ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, .host),
        ("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, .target),
        ("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400, .target),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, .transferEncoding),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: a-pony\r\nContent-Length: 1\r\n\r\nx", 417, .expectation),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n", 413, .bodyTooLarge),
    ]) func refusedWithItsReason(request: String, status: Int, reason: HTTPRefusal.Reason) async throws {
        var limits = HTTPLimits()
        limits.maximumBodyBytes = 100
        try await HTTPServer.with(limits) { server in
            for pieces in [[request], request.map { String($0) }] {
                let answer = try await server.exchange(pieces)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request.debugDescription) → \(answer)")
                #expect(answer.contains("onnection: close"))
                #expect(answer.hasSuffix("\n") && answer.components(of: "HTTP/1.1 ") == 1)
            }
            #expect(server.seen.withLock { $0 }.isEmpty)
            #expect(server.refusals.withLock { $0 } == [reason, reason])
        }
    }

    /// What the parser itself refuses: the exact reason is its own, the answer is ours.
    @Test(arguments: [
        "GARBAGE\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}", "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
    ]) func whatIsNotHTTPIsRefused(request: String) async throws {
        try await HTTPServer.with { server in
            let answer = try await server.exchange([request])
            let status = Int(answer.dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0
            #expect([400, 501, 505].contains(status), "\(request.debugDescription) → \(answer.debugDescription)")
            #expect(server.seen.withLock { $0 }.isEmpty)
            #expect(server.refusals.withLock { $0.count } == 1)
        }
    }

    @Test func sizesAreBounded() async throws {
        var limits = HTTPLimits()
        limits.maximumHeaderBytes = 2_000
        limits.maximumHeaderCount = 10
        limits.maximumURIBytes = 100
        try await HTTPServer.with(limits) { server in
            let long = String(repeating: "a", count: 120)
            let status = try await server.status(["GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n"])
            #expect(status == 414)
            let field = "X: \(String(repeating: "b", count: 1_990))\r\n"
            #expect(try await server.status(["GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n"]) == 431)
            let many = String(repeating: "X: y\r\n", count: 10)
            #expect(try await server.status(["GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n"]) == 431)
            let endless = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "c", count: 1_000_000)
            #expect(try await server.status([endless]) == 431)
            #expect(server.seen.withLock { $0 }.isEmpty)
            let few = String(repeating: "X: y\r\n", count: 8)
            #expect(
                try await server.status(["GET / HTTP/1.1\r\nHost: a\r\n\(few)\(Self.end)"]) == 200)
        }
    }

    @Test func aBodyThatGrowsTooLongIsCutOff() async throws {
        var limits = HTTPLimits()
        limits.maximumBodyBytes = 10
        try await HTTPServer.with(limits) { server in
            let answer = try await server.exchange([
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n",
                "8\r\nabcdefgh\r\n0\r\n\r\n",
            ])
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(server.seen.withLock { $0 }.isEmpty)
        }
    }

    @Test func slowClientsAreEnded() async throws {
        // Each on its own: with an idle time-out as short, a client that is late to begin would meet that one.
        var limits = HTTPLimits()
        limits.headerTimeoutMilliseconds = 300
        limits.bodyTimeoutMilliseconds = 300
        try await HTTPServer.with(limits) { server in
            #expect(try await server.status(["GET / HTTP/1.1\r\nHo"]) == 408)
            let body = try await server.exchange(["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"])
            #expect(body.hasPrefix("HTTP/1.1 408 "))
            #expect(server.refusals.withLock { $0 } == [.headerTimeout, .bodyTimeout])
        }
        limits = HTTPLimits()
        limits.idleTimeoutMilliseconds = 1_000
        try await HTTPServer.with(limits) { server in
            #expect(try await server.exchange([""]) == "")
            let kept = try await server.exchange(["GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
            #expect(kept.hasPrefix("HTTP/1.1 200 ") && kept.components(of: "HTTP/1.1 ") == 1)
            #expect(server.refusals.withLock { $0.isEmpty })
        }
    }

    @Test func aBadRequestAfterGoodOnesIsAnsweredAfterThem() async throws {
        try await HTTPServer.with { server in
            let answer = try await server.exchange([
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n"
            ])
            #expect(server.seen.withLock { $0 } == ["GET /1 0", "GET /2 0"])
            let statuses = answer.split(separator: "\r\n").filter {
                $0.hasPrefix("HTTP/1.1 ") || $0.contains("HTTP/1.1 4")
            }
            #expect(
                answer.components(of: "HTTP/1.1 200 OK") == 2 && answer.components(of: "HTTP/1.1 400 ") == 1,
                "\(statuses)")
            #expect(answer.hasSuffix("the request has 0 Host fields; exactly one is expected\n"))
        }
    }

    @Test func nothingIsReadAfterTheLastRequest() async throws {
        try await HTTPServer.with { server in
            let upgrade =
                "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"
            let answer = try await server.exchange([upgrade + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"])
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("onnection: close"))
            let closed = try await server.exchange([
                "GET /3 HTTP/1.1\r\nHost: a\r\n\(Self.end)GET /4 HTTP/1.1\r\nHost: a\r\n\r\n"
            ])
            #expect(closed.components(of: "HTTP/1.1 200 OK") == 1)
            let old = try await server.exchange(["GET /5 HTTP/1.0\r\n\r\n"])
            #expect(old.components(of: " 200 OK") == 1)
            #expect(server.seen.withLock { $0 } == ["GET /1 0", "GET /3 0", "GET /5 0"])
            #expect(server.refusals.withLock { $0 }.isEmpty)
        }
    }

    @Test func aClientThatAsksFirstIsToldToGoOn() async throws {
        try await HTTPServer.with { server in
            let answer = try await server.exchange([
                "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\(Self.end)", "ab",
            ])
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n"))
            #expect(answer.components(of: "HTTP/1.1 200 OK") == 1)
            #expect(server.seen.withLock { $0 } == ["POST / 2"])
        }
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}

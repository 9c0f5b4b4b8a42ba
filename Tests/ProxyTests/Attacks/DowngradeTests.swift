import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// HTTP/2 carries bytes that HTTP/1 would read as the end of a line: none of them may reach a service that speaks it.
    @Suite(.serialized)
    struct Downgrade {
        private static func request(
            _ method: String = "GET", _ path: String = "/", authority: String = "a", scheme: String = "http"
        ) -> [(String, String)] {
            [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
        }

        static let attacks: [(String, [(String, String)])] = [
            ("a line in the path", request("GET", "/ HTTP/1.1\r\nx: y")),
            ("a request in the path", request("GET", "/ HTTP/1.1\r\nhost: a\r\n\r\nGET /hidden")),
            ("a tab in the path", request("GET", "/a\tb")),
            ("a NUL in the path", request("GET", "/a\u{0}")),
            ("a fragment in the path", request("GET", "/a#b")),
            ("an absolute path", request("GET", "http://a/")),
            ("a request in the method", request("GET / HTTP/1.1\r\nhost: b\r\n\r\nGET")),
            ("a space in the method", request("GET /hidden HTTP/1.1")),
            ("an empty method", request("")),
            ("a line in the authority", request(authority: "a\r\nx: y")),
            ("a space in the authority", request(authority: "a b")),
            ("an empty authority", request(authority: "")),
            ("a path in the authority", request(authority: "a/b")),
            ("a line in the scheme", request(scheme: "http\r\nx: y")),
            ("another scheme", request(scheme: "ftp")),
            ("a line in a name", request() + [("x: y\r\nz", "1")]),
            ("a colon in a name", request() + [("x:y", "1")]),
            ("a NUL in a name", request() + [("transfer-encoding\u{0}", "chunked")]),
            ("an empty name", request() + [("", "1")]),
            ("a line feed in a value", request() + [("x", "1\ntransfer-encoding: chunked")]),
            ("a carriage return in a value", request() + [("x", "1\rtransfer-encoding: chunked")]),
            ("a NUL in a value", request() + [("x", "1\u{0}")]),
            ("white space around a value", request() + [("x", " 1")]),
            ("a line in a cookie", request() + [("cookie", "a=1"), ("cookie", "b=2\r\nx: y")]),
            ("a line in the host", request() + [("host", "a\r\nx: y")]),
            ("two hosts", request() + [("host", "a"), ("host", "a")]),
            ("transfer-encoding", request("POST") + [("transfer-encoding", "chunked")]),
            ("transfer_encoding", request("POST") + [("transfer_encoding", "chunked")]),
            ("content_length", request("POST") + [("content_length", "0")]),
            ("keep-alive", request() + [("keep-alive", "1")]),
            ("proxy-connection", request() + [("proxy-connection", "keep-alive")]),
            ("upgrade", request() + [("upgrade", "h2c")]),
            ("a length that is no number", request("POST") + [("content-length", "0\r\nx: y")]),
            ("a signed length", request("POST") + [("content-length", "+0")]),
            ("a list of lengths", request("POST") + [("content-length", "0,0")]),
        ]

        /// Counts what reaches the service, whatever a request looks like there.
        @Test func nothingOfAnAttackReachesTheService() async throws {
            let seen = Mutex<[String]>([])
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    seen.withLock { $0.append(request.startLine) }
                    try socket.write(TestUpstream.response("200 OK", "fine"))
                }
            }
            try await TestProxy.with(upstream) { proxy in
                for (name, fields) in Self.attacks {
                    let client = try FrameClient(try proxy.connect())
                    try client.headers(fields, stream: 1)
                    // What is no header list at all ends the connection.
                    do {
                        let status = try client.answer(stream: 1).status
                        #expect(status == 400, "\(name)")
                    } catch is RawSocket.Closed {}
                }
                let client = try FrameClient(try proxy.connect())
                try client.headers(Self.request("GET", "/fine"), stream: 1)
                #expect(try client.answer(stream: 1).text == "fine")
                #expect(seen.withLock { $0 } == ["GET /fine HTTP/1.1"])
            }
        }

        /// A length that the content does not keep: the next request would start in this one's body.
        @Test(arguments: [("0", 30), ("5", 30), ("30", 5), ("5", 0)])
        func aLengthThatIsNotKept(_ length: String, _ count: Int) async throws {
            let seen = Mutex<[String]>([])
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let line = try socket.readMessage().startLine
                    seen.withLock { $0.append(line) }
                    try socket.write(TestUpstream.response("200 OK", "fine"))
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(Self.request("POST") + [("content-length", length)], stream: 1, ends: false)
                try client.data([UInt8](repeating: 0x41, count: count), stream: 1, ends: true)
                #expect(try client.streamError(1) == 1)
                try client.headers(Self.request(), stream: 3)
                #expect(try client.answer(stream: 3).text == "fine")
                // A request that states no content is complete before its content comes.
                let whole = length == "0" ? ["POST / HTTP/1.1", "GET / HTTP/1.1"] : ["GET / HTTP/1.1"]
                let lines = seen.withLock { $0 }
                #expect(lines == whole || lines == ["GET / HTTP/1.1"])
            }
        }

        @Test func trailersCannotFrame() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", request.trailers.map(\.name).joined(separator: ","))
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(Self.request("POST"), stream: 1, ends: false)
                try client.data(Array("hello".utf8), stream: 1)
                try client.headers([("x-t", "1"), ("content-length", "3"), ("host", "b")], stream: 1)
                #expect(try client.answer(stream: 1).text == "x-t")
                for (stream, field) in zip([Int32(3), 5, 7], [("x", "1\r\ny: 2"), (":path", "/"), ("x\r\ny", "1")]) {
                    try client.headers(Self.request("POST"), stream: stream, ends: false)
                    try client.headers([field], stream: stream)
                    #expect(try client.streamError(stream) == 1)
                }
            }
        }
    }
}

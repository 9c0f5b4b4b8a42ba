import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// One message must not be two to the service: what could be is refused, what is passed on is written anew.
    @Suite(.serialized)
    struct Smuggling {
        private static func post(_ fields: String, _ status: Int, _ reason: String) -> Strictness.Attack {
            Strictness.Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\n\(fields)\r\n\r\n", status: status, reason: reason)
        }

        private static func chunked(_ body: String, _ reason: String, status: Int = 400) -> Strictness.Attack {
            Strictness.Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n\(body)", status: status,
                reason: reason)
        }

        /// Spellings of Transfer-Encoding that one server takes for chunked and another does not (TE.TE), so that one goes
        /// by the length and the other by the chunks (TE.CL, CL.TE).
        static let encodings =
            [
                "chunked, chunked", "chunked, identity", "identity", "identity, chunked", "\"chunked\"", "chunked;q=1",
                "chunked,", ",chunked", "", "x chunked", "chunked x", "chunke\u{64}\u{300}", "CHUNKED, gzip",
            ].flatMap { value in
                [
                    post("transfer-encoding: \(value)", 501, "unsupported_transfer_encoding"),
                    post("content-length: 4\r\ntransfer-encoding: \(value)", 400, "conflicting_lengths"),
                ]
            } + [
                post("transfer-encoding: \u{B}chunked", 400, "malformed_field"),
                post("transfer-encoding: chunked\u{0}", 400, "malformed_field"),
                post("transfer-encoding: chunked\rx: y", 400, "malformed_field"),
                post("transfer-encoding\t: chunked", 400, "malformed_field"),
                post("transfer-encoding\u{0}: chunked", 400, "malformed_field"),
                post("transfer-encoding\r\n: chunked", 400, "malformed_field"),
                post(": chunked", 400, "malformed_field"),
                post(" transfer-encoding: chunked", 400, "obsolete_folding"),
                post("transfer-encoding:\r\n chunked", 400, "obsolete_folding"),
                post("x: y\r\n\ttransfer-encoding: chunked", 400, "obsolete_folding"),
                post("transfer-encoding: identity\r\ntransfer-encoding: chunked", 501, "unsupported_transfer_encoding"),
                post("transfer-encoding: chunked\r\ntransfer-encoding: identity", 400, "conflicting_lengths"),
                post("transfer_encoding: chunked", 400, "malformed_field"),
                post("Transfer_Encoding: chunked\r\ncontent-length: 4", 400, "malformed_field"),
                post("content_length: 4", 400, "malformed_field"),
                post("x: y\ntransfer-encoding: chunked", 400, "bare_line_feed"),
                post("x: y\n\n", 400, "bare_line_feed"),
            ]

        static let lengths =
            ["4 4", "-1", "4,", "", "1e1", "4_0", "\u{663}", "0x4", "4;", "1000000000000000000", "\u{2074}", "04 "]
            .dropLast().map { post("content-length: \($0)", 400, "malformed_length") } + [
                post("content-length: 4\r\ncontent-length: 4", 400, "conflicting_lengths"),
                post("content-length: 0\r\nx: y\r\nContent-Length: 4", 400, "conflicting_lengths"),
            ]

        static let chunks = [
            chunked("5\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("5;a\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("5;a\rb\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("5\rhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("0x5\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked(" 5\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("5\t\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("+5\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("5,5\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("\r\n5\r\nhello\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("5\r\nhello\n0\r\n\r\n", "malformed_chunk"),
            chunked("5\r\nhelloo\r\n0\r\n\r\n", "malformed_chunk"),
            chunked("1000000000000000\r\n", "malformed_chunk"),
            chunked(
                String(repeating: "1;\(String(repeating: "x", count: 200))\r\na\r\n", count: 100), "malformed_chunk"),
            chunked("0\r\nx: y\r\n z: w\r\n\r\n", "obsolete_folding"),
            chunked("0\r\nx: y\n\r\n", "bare_line_feed"),
            chunked("0\r\nx y: z\r\n\r\n", "malformed_field"),
            chunked("0\r\n\(String(repeating: "x: y\r\n", count: 101))\r\n", "too_many_fields", status: 431),
        ]

        static let lines = [
            ("GET /\u{0} HTTP/1.1", 400, "malformed_target"), ("GET /\u{E9} HTTP/1.1", 400, "malformed_target"),
            ("GET\t/ HTTP/1.1", 400, "malformed_request_line"), ("GET / HTTP/1.1 ", 400, "malformed_request_line"),
            ("GET / HTTP/1.10", 400, "malformed_request_line"), ("GET / HTTP/01.1", 400, "malformed_request_line"),
            ("G(ET / HTTP/1.1", 400, "malformed_request_line"), (" GET / HTTP/1.1", 400, "malformed_request_line"),
            ("GET / XHTTP/1.1", 400, "malformed_request_line"), ("GET http://a HTTP/1.1", 400, "malformed_target"),
            ("GET https://a/ HTTP/1.1", 400, "malformed_target"), ("GET a/b HTTP/1.1", 400, "malformed_target"),
            ("GET http://u:p@a/ HTTP/1.1", 400, "malformed_host"), ("GET * HTTP/1.1", 400, "malformed_target"),
            ("GET / HTTP/3.0", 505, "unsupported_version"), ("GET /", 400, "malformed_target"),
        ].map { Strictness.Attack(request: "\($0)\r\nhost: a\r\n\r\n", status: $1, reason: $2) }

        @Test(arguments: [encodings, lengths, chunks, lines].indices)
        func whatCouldBeTwoMessagesIsRefused(_ table: Int) async throws {
            try await Strictness.refuse([Self.encodings, Self.lengths, Self.chunks, Self.lines][table])
        }

        /// Odd, and yet of one meaning only: the service gets it in the plain form.
        @Test(arguments: [
            ("transfer-encoding:chunked", "5\r\nhello\r\n0\r\n\r\n"),
            ("TRANSFER-ENCODING: \t CHUNKED\t ", "5\r\nhello\r\n0\r\n\r\n"),
            ("transfer-encoding: chunked", "000005;a=b;c=\"d\"\r\nhello\r\n0\r\nx-t: 1\r\n\r\n"),
            ("transfer-encoding: chunked", "2\r\nhe\r\n3\r\nllo\r\n000\r\n\r\n"),
            (
                "transfer-encoding: chunked",
                "5\r\nhello\r\n0\r\ncontent-length: 9\r\ntransfer-encoding: x\r\nhost: b\r\nx-forwarded-for: 1\r\n\r\n"
            ),
            ("Content-Length:   005", "hello"),
        ])
        func whatIsPassedOnIsWrittenAnew(_ field: String, _ body: String) async throws {
            let upstream = try TestUpstream.answering { request, _ in
                let framing = request.fields.filter { ["content-length", "transfer-encoding"].contains($0.name) }
                let trailers = request.trailers.map(\.name).filter { $0 != "x-t" && $0 != "x-forwarded-for" }
                let seen = framing.map { "\($0.name): \($0.value)" } + trailers + [request.text]
                return TestUpstream.response("200 OK", seen.joined(separator: "\n"))
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                for _ in 0..<2 {
                    try client.write("POST / HTTP/1.1\r\nhost: a\r\n\(field)\r\n\r\n\(body)")
                    let framing = body == "hello" ? "content-length: 5" : "transfer-encoding: chunked"
                    #expect(try client.readMessage().text == framing + "\nhello")
                }
            }
        }
    }
}

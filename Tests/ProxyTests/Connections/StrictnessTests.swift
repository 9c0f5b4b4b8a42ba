import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// What two servers could read differently never gets through, costs one connection, and is counted.
    @Suite(.serialized)
    struct Strictness {
        struct Attack: Sendable, CustomTestStringConvertible {
            var request: String
            var status: Int
            var reason: String
            var testDescription: String { reason }
        }

        static let attacks: [Attack] = [
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n",
                status: 400, reason: "conflicting_lengths"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n",
                status: 400, reason: "conflicting_lengths"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n", status: 400,
                reason: "conflicting_lengths"),
            Attack(
                request:
                    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
                status: 400, reason: "conflicting_lengths"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4, 4\r\n\r\n", status: 400,
                reason: "malformed_length"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +4\r\n\r\n", status: 400,
                reason: "malformed_length"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0x4\r\n\r\n", status: 400,
                reason: "malformed_length"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n", status: 400,
                reason: "malformed_length"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", status: 501,
                reason: "unsupported_transfer_encoding"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n", status: 501,
                reason: "unsupported_transfer_encoding"),
            Attack(
                request: "POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", status: 400,
                reason: "conflicting_lengths"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n", status: 400,
                reason: "malformed_field"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\nx: y\r\n folded: z\r\n\r\n", status: 400,
                reason: "obsolete_folding"),
            Attack(request: "GET / HTTP/1.1\nhost: a\n\n", status: 400, reason: "bare_line_feed"),
            Attack(request: "GET / HTTP/1.1\r\nhost: a\r\nx: a\u{0}b\r\n\r\n", status: 400, reason: "malformed_field"),
            Attack(request: "GET / HTTP/1.1\r\nhost: a\r\nx: a\rb\r\n\r\n", status: 400, reason: "malformed_field"),
            Attack(request: "GET / HTTP/1.1\r\nx: y\r\n\r\n", status: 400, reason: "host_missing"),
            Attack(request: "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", status: 400, reason: "host_repeated"),
            Attack(request: "GET / HTTP/1.1\r\nhost: a,b\r\n\r\n", status: 400, reason: "malformed_host"),
            Attack(request: "GET / HTTP/1.1\r\nhost: user@a\r\n\r\n", status: 400, reason: "malformed_host"),
            Attack(request: "GET  / HTTP/1.1\r\nhost: a\r\n\r\n", status: 400, reason: "malformed_target"),
            Attack(request: "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", status: 400, reason: "malformed_request_line"),
            Attack(request: "GET /#x HTTP/1.1\r\nhost: a\r\n\r\n", status: 400, reason: "malformed_target"),
            Attack(request: "GET / HTTP/2.0\r\nhost: a\r\n\r\n", status: 505, reason: "unsupported_version"),
            Attack(request: "GET / http/1.1\r\nhost: a\r\n\r\n", status: 400, reason: "malformed_request_line"),
            Attack(request: "CONNECT /a HTTP/1.1\r\nhost: a\r\n\r\n", status: 400, reason: "malformed_target"),
            Attack(request: "CONNECT a HTTP/1.1\r\nhost: a\r\n\r\n", status: 400, reason: "malformed_target"),
            Attack(
                request: "CONNECT a:1 HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody", status: 400,
                reason: "conflicting_lengths"),
            Attack(request: "\u{16}\u{3}\u{1}\u{2}TLS\r\n\r\n", status: 400, reason: "malformed_request_line"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
                status: 400, reason: "malformed_chunk"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n", status: 400,
                reason: "malformed_chunk"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabX\r\n0\r\n\r\n",
                status: 400, reason: "malformed_chunk"),
            Attack(
                request: "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF0\r\n",
                status: 400, reason: "malformed_chunk"),
            Attack(
                request:
                    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;\(String(repeating: "x", count: 300))",
                status: 400, reason: "malformed_chunk"),
            Attack(
                request:
                    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: \(String(repeating: "y", count: 9_000))",
                status: 431, reason: "trailers_too_large"),
            Attack(
                request: "GET / HTTP/1.1\r\nhost: a\r\nx: \(String(repeating: "y", count: 70_000))", status: 431,
                reason: "head_too_large"),
            Attack(
                request: "GET /\(String(repeating: "y", count: 9_000)) HTTP/1.1\r\nhost: a\r\n\r\n", status: 414,
                reason: "malformed_target"),
            Attack(
                request: "GET / HTTP/1.1\r\nhost: a\r\n\(String(repeating: "x: y\r\n", count: 100))\r\n", status: 431,
                reason: "too_many_fields"),
            Attack(
                request: "GET / HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\n\r\n", status: 417, reason: "malformed_field"
            ),
        ]

        @Test func everyAttackIsRefused() async throws { try await Self.refuse(Self.attacks) }

        static func refuse(_ attacks: [Attack]) async throws {
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    try socket.write(TestUpstream.response("200 OK", request.startLine))
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let bystander = try proxy.connect()
                for attack in attacks {
                    let counter = "waybill_proxy_http_faults_total{reason=\"\(attack.reason)\"}"
                    let before = proxy.counter(counter)
                    let client = try proxy.connect()
                    // A request hidden behind the attack must never be served.
                    try client.write(attack.request)
                    if attack.request.hasSuffix("\r\n\r\n") {
                        try client.write("GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n")
                    }
                    let answer = try client.readMessage()
                    #expect(answer.status == attack.status, "\(attack)")
                    #expect(answer.field("connection") == "close", "\(attack)")
                    #expect(answer.body.count > 20, "\(attack)")
                    #expect(try client.isClosedByPeer(), "\(attack)")
                    #expect(proxy.counter(counter) == before + 1, "\(attack)")
                    try bystander.write("GET /fine HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try bystander.readMessage().text == "GET /fine HTTP/1.1")
                }
                let spans = try await proxy.sink.spans(2 * attacks.count)
                let refused = spans.filter { ($0.text("waybill.response_flags") ?? "") == "DPE" }
                #expect(refused.count == attacks.count)
                #expect(
                    refused.allSatisfy {
                        !$0.status.message.isEmpty || ($0.text("http.response.status_code") ?? "") < "500"
                    })
            }
        }

        @Test func aSlowHead() async throws {
            var limits = RequestLimits()
            limits.headerTimeoutMilliseconds = 500
            let upstream = try TestUpstream { _, _ in }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost:")
                let answer = try client.readMessage()
                #expect(answer.status == 408)
                #expect(answer.field("x-waybill-response-flags") == "DT")
                #expect(upstream.connections == 0)
                // One that sends nothing at all is closed without a word.
                #expect(try proxy.connect().readToEnd().isEmpty)
            }
        }

        @Test func aSlowBody() async throws {
            var limits = RequestLimits()
            limits.idleTimeoutMilliseconds = 100
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let client = try proxy.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc")
                let answer = try client.readMessage()
                #expect(answer.status == 408)
                #expect(answer.field("x-waybill-response-flags") == "DT")
            }
        }

        @Test func connectionsHaveACeiling() async throws {
            var limits = RequestLimits()
            limits.maximumConnections = 2
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            try await TestProxy.with(upstream, limits: limits) { proxy in
                let clients = try (0..<2).map { _ in try proxy.connect() }
                for client in clients {
                    try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try client.readMessage().status == 200)
                }
                #expect(try proxy.connect().readToEnd().isEmpty)
                #expect(proxy.counter("waybill_proxy_downstream_connections_refused_total") == 1)
                for client in clients { client.close() }
            }
        }
    }
}

import Glibc
import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// CONNECT: refused, passed on, or ended here.
    @Suite(.serialized)
    struct Connects {
        static let ask = "CONNECT ledger.bank:443 HTTP/1.1\r\nhost: ledger.bank:443\r\n\r\n"

        @Test func isRefusedWhereNothingIsSaid() async throws {
            let upstream = try TestUpstream { _, _ in }
            try await TestProxy.with(upstream) { proxy in
                let client = try proxy.connect()
                try client.write(Self.ask + "GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.status == 403 && answer.field("x-waybill-response-flags") == "UPR")
                #expect(answer.field("connection") == "close")
                #expect(try client.isClosedByPeer())
                let stream = try FrameClient(try proxy.connect())
                try stream.headers([(":method", "CONNECT"), (":authority", "a:1")], stream: 1, ends: false)
                #expect(try stream.answer(stream: 1).status == 403)
                let span = try #require(try await proxy.sink.spans(2).first)
                #expect(span.text("http.request.method") == "CONNECT" && span.text("url.path") == nil)
                #expect(span.text("server.address") == "ledger.bank" && span.text("server.port") == "443")
                #expect(span.status.message == "the route all does not take CONNECT")
                #expect(upstream.connections == 0)
            }
        }

        /// Paths are no part of it, hosts are.
        @Test func routesThatTakeIt() async throws {
            let upstream = try TestUpstream { _, _ in }
            for match in [RouteMatch(path: .prefix("/")), RouteMatch(host: .exact("other"))] {
                let route = TestProxy.tunnelRoute([], connect: .terminate) { $0.match = match }
                let proxy = try await TestProxy(TestProxy.configuration([upstream.port], route: route))
                let client = try proxy.connect()
                try client.write(Self.ask)
                #expect(try client.readMessage().status == 404)
                try await proxy.stop()
            }
            upstream.stop()
        }

        @Test func endsHere() async throws {
            let upstream = try TunnelUpstream(nil)
            let trap = try TestUpstream { _, _ in }
            try await TestProxy.withTunnels(upstream, TestProxy.tunnelRoute([], connect: .terminate)) { proxy in
                let client = try proxy.connect()
                // The address that the client names decides nothing.
                try client.write("CONNECT 127.0.0.1:\(trap.port) HTTP/1.1\r\nhost: a\r\n\r\nhello")
                let answer = try client.readHead()
                #expect(answer.startLine == "HTTP/1.1 200 OK" && answer.field("content-length") == nil)
                let server = try await upstream.next().socket
                #expect(try server.read(5) == Array("hello".utf8))
                try server.write("welcome")
                #expect(try client.read(7) == Array("welcome".utf8))
                server.finishSending()
                #expect(try client.isClosedByPeer())
                try client.write("bye")
                client.finishSending()
                #expect(try server.readToEnd() == Array("bye".utf8))
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.tunnel") == "connect" && span.text("waybill.tunnel.ended_by") == "upstream")
                #expect(span.text("http.response.status_code") == "200")
                #expect(trap.connections == 0)

                let stream = try FrameClient(try proxy.connect())
                try stream.headers([(":method", "CONNECT"), (":authority", "ledger.bank:443")], stream: 1, ends: false)
                try stream.data(Array("over 2".utf8), stream: 1)
                let second = try await upstream.next().socket
                #expect(try second.read(6) == Array("over 2".utf8))
                let fields = try stream.fields(of: try stream.next())
                #expect(fields.map(\.0) == [":status"] && fields[0].1 == "200")
                try second.write("yes")
                #expect(try ExtendedConnects.read(stream, 3) == Array("yes".utf8))
                #expect(upstream.server.connections == 2)
            }
            trap.stop()
        }

        /// Connections of tunnels that end here carry no requests, before or after.
        @Test func connectionsAreNotMixed() async throws {
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let line = try socket.readLine()
                    guard line.hasPrefix("GET ") else { return try socket.write("raw: \(line)\n") }
                    while !(try socket.readLine()).isEmpty {}
                    try socket.write(TestUpstream.response("200 OK", line))
                }
            }
            let route = TestProxy.tunnelRoute([], connect: .terminate)
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try proxy.connect()
                for round in 0..<3 {
                    try client.write("GET /\(round) HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try client.readMessage().text == "GET /\(round) HTTP/1.1")
                    let tunnel = try proxy.connect()
                    try tunnel.write(Self.ask + "line\n")
                    #expect(try tunnel.readHead().status == 200)
                    #expect(try tunnel.readLine() == "raw: line")
                }
                #expect(upstream.connections == 4)
            }
        }

        @Test(arguments: [HTTPProtocol.http2, .http1])
        func isPassedOn(_ version: HTTPProtocol) async throws {
            let upstream = try TunnelUpstream(nil)
            try await TestProxy.withTunnelPair(
                upstream, version, near: TestProxy.tunnelRoute([], connect: .forward),
                far: TestProxy.tunnelRoute([], connect: .terminate)
            ) { near, far in
                let client = try near.connect()
                try client.write(Self.ask + "hello")
                #expect(try client.readHead().status == 200)
                let server = try await upstream.next().socket
                #expect(try server.read(5) == Array("hello".utf8))
                try server.write("welcome")
                #expect(try client.read(7) == Array("welcome".utf8))
                client.finishSending()
                #expect(try server.isClosedByPeer())
                server.finishSending()
                #expect(try client.isClosedByPeer())
                let spans = try await [near.sink.spans(1), far.sink.spans(1)].flatMap { $0 }
                #expect(spans.allSatisfy { $0.text("waybill.tunnel") == "connect" })
                #expect(spans.allSatisfy { $0.text("server.address") == "ledger.bank" })
                #expect(spans.allSatisfy { $0.text("waybill.response_flags") == nil })
            }
        }

        @Test func nobodyListens() async throws {
            let route = TestProxy.tunnelRoute([], connect: .terminate)
            let proxy = try await TestProxy(TestProxy.configuration([1], route: route))
            let client = try proxy.connect()
            try client.write(Self.ask)
            let answer = try client.readMessage()
            #expect(answer.status == 503 && answer.field("x-waybill-response-flags") == "UF")
            try await proxy.stop()
        }

        @Test func accessRulesSeeTheMethod() async throws {
            let upstream = try TunnelUpstream(nil)
            var configuration = TestProxy.configuration(
                [upstream.port], inbound: true, route: TestProxy.tunnelRoute([], connect: .terminate))
            configuration.inbound?.authorization = Authorization(
                revision: "1", unmatched: .allow,
                rules: [AuthorizationRule(name: "no tunnels", action: .deny, methods: ["CONNECT"])])
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            try client.write(Self.ask)
            #expect(try client.readMessage().field("x-waybill-response-flags") == "RBAC")
            #expect(upstream.server.connections == 0)
            upstream.stop()
            try await proxy.stop()
        }
    }
}

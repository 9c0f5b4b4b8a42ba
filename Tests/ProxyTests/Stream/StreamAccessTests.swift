import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct StreamAccess {
        private static func rules(_ principal: String, enforced: Bool = true) -> Authorization {
            Authorization(
                revision: "s1", enforced: enforced,
                rules: [AuthorizationRule(name: "known", principals: [PrincipalPattern(principal)!])])
        }

        private static func echo() throws -> TestUpstream {
            try TestUpstream { socket, _ in while true { try socket.write(try socket.readLine() + "!\n") } }
        }

        @Test func aCallerThatNoRuleNamesIsClosed() async throws {
            let upstream = try Self.echo()
            try await TestStream.pair(
                upstream, listener: { $0.authorization = Self.rules("spiffe://bank.test/other") }
            ) { outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                try? client.write("hello\n")
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "RBAC")
                #expect(span.text("error.type") == "rbac_access_denied")
                #expect(span.text("waybill.policy.decision") == "deny")
                #expect(span.text("waybill.policy.rule") == "default")
                #expect(span.text("waybill.policy.revision") == "s1")
                #expect(span.text("waybill.peer.principal") == "spiffe://bank.test/payments")
                let denied = #"waybill_proxy_authorization_decisions_total{decision="deny",direction="inbound"}"#
                #expect(inbound.counter(denied) == 1)
            }
            #expect(upstream.connections == 0)
        }

        @Test(arguments: [true, false]) func aCallerThatIsLetInSeesNothingOfIt(enforced: Bool) async throws {
            let principal = enforced ? "spiffe://bank.test/payments" : "spiffe://bank.test/other"
            try await TestStream.pair(
                try Self.echo(), listener: { $0.authorization = Self.rules(principal, enforced: enforced) }
            ) { outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                try client.write("hello\n")
                #expect(try client.readLine() == "hello!")
                client.close()
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("waybill.policy.decision") == (enforced ? "allow" : "deny"))
                #expect(span.text("waybill.policy.rule") == (enforced ? "known" : "default"))
            }
        }

        @Test func serverNamesAndPortsCanBeRefused() async throws {
            let hello = TLSPassthrough.hello("Admin.card.example")
            let upstream = try TestUpstream { socket, _ in try socket.write(socket.read(hello.count)) }
            let rules = Authorization(
                revision: "s2", unmatched: .allow,
                rules: [
                    AuthorizationRule(name: "elsewhere", action: .deny, ports: [1]),
                    AuthorizationRule(name: "no-admin", action: .deny, serverNames: ["admin.card.example"]),
                ])
            try await TestStream.with([upstream.port], .tlsPassthrough, listener: { $0.authorization = rules }) {
                proxy, port in
                let refused = try RawSocket.connect(port)
                try refused.write(hello)
                #expect(try refused.isClosedByPeer())
                for (count, name) in ["card.example", nil].enumerated() {
                    let client = try RawSocket.connect(port)
                    let bytes = TLSPassthrough.hello(name)
                    try client.write(bytes + [UInt8](repeating: 0, count: hello.count - bytes.count))
                    #expect(try client.read(bytes.count) == bytes)
                    client.close()
                    _ = try await proxy.sink.spans(count + 2)
                }
                let spans = try await proxy.sink.spans(3)
                #expect(spans.map { $0.text("waybill.policy.rule") } == ["no-admin", "default", "default"])
                #expect(spans.map { $0.text("waybill.policy.decision") } == ["deny", "allow", "allow"])
                #expect(spans[0].text("waybill.response_flags") == "RBAC")
            }
            upstream.stop()
        }
    }
}

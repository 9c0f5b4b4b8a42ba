import Mesh
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct AccessRules {
        private static func rules(_ enforced: Bool = true) -> Authorization {
            Authorization(
                revision: "r7", enforced: enforced,
                rules: [
                    AuthorizationRule(
                        name: "payments-read", principals: [PrincipalPattern("spiffe://bank.test/payments")!],
                        methods: ["GET"], paths: [PathPattern("/ledger/*")!]),
                    AuthorizationRule(
                        name: "no-audit", action: .deny, paths: [PathPattern("/ledger/audit")!]),
                ])
        }

        @Test func whoMayAskWhat() async throws {
            try await MutualTLS.pair(callee: { $0.inbound?.authorization = Self.rules() }) { outbound, inbound in
                let client = try outbound.connect()
                for (request, status) in [
                    ("GET /ledger/7", 200), ("POST /ledger/7", 403), ("GET /ledger/x/../audit", 403),
                    ("GET /other", 403), ("GET /ledger/%61udit", 403), ("GET /ledger/8", 200),
                ] {
                    try client.write("\(request) HTTP/1.1\r\nhost: ledger\r\n\r\n")
                    let answer = try client.readMessage()
                    #expect(answer.status == status, "\(request)")
                    if status == 403 { #expect(answer.text == "RBAC: access denied\n") }
                }
                let spans = try await inbound.sink.spans(6)
                #expect(
                    spans.map { $0.text("waybill.policy.rule") }
                        == ["payments-read", "default", "no-audit", "default", "no-audit", "payments-read"])
                #expect(
                    spans.map { $0.text("waybill.policy.decision") }
                        == ["allow", "deny", "deny", "deny", "deny", "allow"])
                #expect(spans.allSatisfy { $0.text("waybill.policy.revision") == "r7" })
                #expect(spans.map { $0.text("waybill.response_flags") } == [nil, "RBAC", "RBAC", "RBAC", "RBAC", nil])
                #expect(spans[1].text("error.type") == "rbac_access_denied")
                let name = "waybill_proxy_authorization_decisions_total"
                #expect(inbound.counter(name + #"{decision="deny",direction="inbound"}"#) == 4)
                #expect(inbound.counter(name + #"{decision="allow",direction="inbound"}"#) == 2)
            }
        }

        @Test func aRehearsalRefusesNothing() async throws {
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response() }
            var configuration = TestProxy.configuration([upstream.port], inbound: true)
            configuration.inbound?.authorization = Self.rules(false)
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            try client.write("POST /ledger/audit HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
            #expect(try client.readMessage().status == 200)
            let span = try #require(try await proxy.sink.spans(1).first)
            #expect(span.text("waybill.policy.decision") == "deny")
            #expect(span.text("waybill.response_flags") == nil)
            upstream.stop()
            try await proxy.stop()
        }
    }
}

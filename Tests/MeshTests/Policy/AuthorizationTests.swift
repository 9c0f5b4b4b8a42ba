import Mesh
import Testing

@Suite struct AuthorizationTests {
    static let payments = "spiffe://bank.example/ns/core/sa/payments"

    private func authorization(_ rules: String, unmatched: String = "deny") throws -> Authorization {
        try #require(
            try listener(#""authorization": {"revision": "r7", "default": "\#(unmatched)", "rules": [\#(rules)]}"#)
                .authorization)
    }

    private func listener(_ member: String) throws -> Listener {
        let text = """
            {"service": {"name": "a"},
             "identity": {"spiffeID": "spiffe://bank.example/a", "certificateChain": "a", "privateKey": "b", "roots": "c"},
             "inbound": {\(member), "routes": []}}
            """
        return try #require(try ProxyConfiguration(json: Array(text.utf8)).inbound)
    }

    private func refusal(_ member: String) -> String? {
        do {
            _ = try listener(member)
            return nil
        } catch { return "\(error)" }
    }

    private func decide(
        _ authorization: Authorization, _ method: String = "GET", _ target: String = "/", principal: String = payments,
        port: Int = 15006, headers: [String: String] = [:]
    ) -> String {
        let decision = authorization.decide(
            principal: principal, method: method, target: target, port: port, header: { headers[$0] })
        return "\(decision.outcome) \(authorization.ruleName(of: decision))"
    }

    @Test func nothingIsAllowedUnlessARuleSaysSo() throws {
        let rules = try authorization(#"{"name": "read", "action": "allow", "methods": ["GET"]}"#)
        #expect(decide(rules) == "allow read")
        #expect(decide(rules, "POST") == "deny default")
        let open = try authorization("", unmatched: "allow")
        #expect(decide(open, "POST") == "allow default")
    }

    @Test func denialsComeFirstWhereverTheyStand() throws {
        let rules = try authorization(
            #"""
            {"name": "all", "action": "allow"},
            {"name": "no-admin", "action": "deny", "paths": ["/admin/*"], "notPrincipals": ["spiffe://bank.example/ops"]}
            """#)
        #expect(decide(rules, "GET", "/ledger") == "allow all")
        #expect(decide(rules, "GET", "/admin") == "deny no-admin")
        #expect(decide(rules, "GET", "/admin/users?x=1") == "deny no-admin")
        #expect(decide(rules, "GET", "/administrator") == "allow all")
        #expect(decide(rules, "GET", "/admin", principal: "spiffe://bank.example/ops") == "allow all")
    }

    @Test func noSpellingOfAPathWalksPastARule() throws {
        let rules = try authorization(
            #"""
            {"name": "all", "action": "allow"}, {"name": "no-admin", "action": "deny", "paths": ["/admin/*"]}
            """#)
        for target in [
            "/admin/x", "//admin/x", "/./admin/x", "/a/../admin/x", "/%61dmin/x", "/admin/./x", "/admin//x",
            "/a/%2e%2e/admin", "/admin%3Fx", "/admin%2Fx", "/a/..%2fadmin", "/a\\..\\admin", "/admin%00", "/%zz/admin",
            "/%2561dmin", "/../admin", "/admin;v=1/x", "/admin%ff",
        ] {
            #expect(decide(rules, "GET", target).hasPrefix("deny"), "\(target)")
        }
        #expect(decide(rules, "GET", "/users/a%20b") == "allow all")
        #expect(decide(rules, "GET", "/.well-known/x") == "allow all")
        // Where no rule speaks of paths, what a path means does not matter.
        let byMethod = try authorization(#"{"name": "get", "action": "allow", "methods": ["GET"]}"#)
        #expect(decide(byMethod, "GET", "/a%2Fb") == "allow get")
    }

    @Test func principalsPortsAndHeaders() throws {
        let rules = try authorization(
            #"""
            {"name": "one", "action": "allow", "principals": ["spiffe://bank.example/ns/core/sa/payments"], "ports": [15006]},
            {"name": "namespace", "action": "allow", "principals": ["spiffe://bank.example/ns/cards/*"],
             "headers": [{"name": "X-Tier", "value": "gold"}, {"name": "x-any"}]},
            {"name": "known", "action": "allow", "principals": ["*"], "paths": ["/health", "/v1/{id}/state"]}
            """#)
        #expect(decide(rules) == "allow one")
        #expect(decide(rules, port: 15007) == "deny default")
        let card = "spiffe://bank.example/ns/cards/sa/auth"
        #expect(decide(rules, principal: card, headers: ["x-tier": "gold", "x-any": ""]) == "allow namespace")
        #expect(decide(rules, principal: card, headers: ["x-tier": "gold"]) == "deny default")
        #expect(decide(rules, principal: card, headers: ["x-tier": "lead", "x-any": ""]) == "deny default")
        #expect(decide(rules, "GET", "/health", principal: card) == "allow known")
        #expect(decide(rules, "GET", "/v1/7/state", principal: card) == "allow known")
        #expect(decide(rules, "GET", "/v1/7/8/state", principal: card) == "deny default")
        #expect(decide(rules, "GET", "/health", principal: "") == "deny default")
    }

    @Test func mistakesAreRefusedWithTheirPath() {
        let start = #""authorization": {"revision": "r", "rules": ["#
        #expect(refusal(#""authorization": {}"#)?.hasPrefix("inbound.authorization.revision: missing") == true)
        #expect(refusal(start + #"{"name": "a"}]}"#)?.hasPrefix("inbound.authorization.rules[0].action") == true)
        for pattern in ["bank", "spiffe://", "spiffe://bank*", "spiffe://bank/*/x", "http://x", "**"] {
            let text = refusal(start + #"{"name": "a", "action": "allow", "principals": ["\#(pattern)"]}]}"#)
            #expect(text?.hasPrefix("inbound.authorization.rules[0].principals[0]: \"\(pattern)\"") == true)
        }
        for path in ["admin", "/a//b", "/a/../b", "/a?b", "/%61", "/a*", "/{", "/a/{}/b"] {
            let text = refusal(start + #"{"name": "a", "action": "deny", "paths": ["/x", "\#(path)"]}]}"#)
            #expect(text?.hasPrefix("inbound.authorization.rules[0].paths[1]: \"\(path)\"") == true, "\(path)")
        }
        let twice = refusal(start + #"{"name": "a", "action": "deny"}, {"name": "a", "action": "allow"}]}"#)
        #expect(twice == "inbound.authorization.rules[1].name: \"a\" names two rules")
        let port = refusal(start + #"{"name": "a", "action": "deny", "ports": [0]}]}"#)
        #expect(port?.hasPrefix("inbound.authorization.rules[0].ports[0]") == true)
    }

    @Test func permissiveHasAnEnd() throws {
        let soft = try listener(#""security": "permissive", "permissiveUntil": "2027-03-31T12:30:05Z""#)
        #expect(soft.permissiveUntil?.text == "2027-03-31T12:30:05Z")
        #expect(refusal(#""security": "permissive""#)?.hasPrefix("inbound.permissiveUntil: missing") == true)
        #expect(
            refusal(#""security": "plain", "permissiveUntil": "2027-03-31T00:00:00Z""#)?
                .hasPrefix("inbound.permissiveUntil: is for") == true)
        for text in ["2027-02-29T00:00:00Z", "2027-3-1T00:00:00Z", "2027-03-31T24:00:00Z", "2027-03-31", "tomorrow"] {
            let refusal = refusal(#""security": "permissive", "permissiveUntil": "\#(text)""#)
            #expect(refusal?.hasPrefix("inbound.permissiveUntil: \"\(text)\"") == true)
        }
    }

    @Test func instantsAreWhatTheySay() {
        #expect(Instant("1970-01-01T00:00:00Z")?.seconds == 0)
        #expect(Instant("2024-02-29T23:59:59Z")?.seconds == 1_709_251_199)
        #expect(Instant("2100-03-01T00:00:00Z")?.seconds == 4_107_542_400)
        for seconds: Int64 in [0, 951_782_400, 1_709_251_199, 4_107_542_400, 253_402_300_799] {
            #expect(Instant(Instant(seconds: seconds).text)?.seconds == seconds)
        }
    }
}

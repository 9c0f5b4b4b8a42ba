import Mesh
import Testing

@Suite struct RouteMatchTests {
    private func takes(
        _ match: RouteMatch, method: String = "GET", host: String = "api.bank:8080",
        target: String = "/payments/7?x=/y",
        headers: [String: String] = [:]
    ) -> Bool {
        match.matches(method: method, host: host, target: target) { headers[$0] }
    }

    @Test func anEmptyMatchTakesAll() { #expect(takes(RouteMatch(), method: "PURGE", host: "", target: "*")) }

    @Test(arguments: [
        ("api.bank", "api.bank", true), ("API.Bank", "api.BANK:443", true), ("api.bank", "api.bank.evil", false),
        ("api.bank", "xapi.bank", false), ("[::1]", "[::1]:80", true), ("[::1]", "[::1]", true),
        ("api.bank", "", false),
    ]) func hostsAreComparedWholeWithoutPortAndCase(host: String, sent: String, expected: Bool) {
        #expect(takes(RouteMatch(host: .exact(host)), host: sent) == expected)
    }

    @Test(arguments: [("api.bank", true), ("BANK", false), ("a.b.BANK:1", true), (".bank", true), ("bank.evil", false)])
    func hostSuffixesAreEnds(sent: String, expected: Bool) {
        #expect(takes(RouteMatch(host: .suffix(".bank")), host: sent) == expected)
    }

    @Test(arguments: [
        ("/payments", "/payments", true), ("/payments", "/payments/7", true), ("/payments", "/payments?x", true),
        ("/payments", "/paymentsold", false), ("/payments", "/payment", false), ("/", "/anything", true),
        ("/a/", "/a/b", true), ("/a/", "/a", false),
    ]) func prefixesAreWholeSegments(prefix: String, target: String, expected: Bool) {
        #expect(takes(RouteMatch(path: .prefix(prefix)), target: target) == expected)
    }

    @Test(arguments: [("/a", "/a", true), ("/a", "/a?b", true), ("/a", "/a/", false), ("/a", "/A", false)])
    func exactPathsAreWhole(path: String, target: String, expected: Bool) {
        #expect(takes(RouteMatch(path: .exact(path)), target: target) == expected)
    }

    @Test(arguments: [
        ("/entries/{id}", "/entries/7", true), ("/entries/{id}", "/entries/7?x=/y", true),
        ("/entries/{id}", "/entries/7/settled", false), ("/entries/{id}", "/entries/", false),
        ("/entries/{id}", "/entries", false), ("/entries/{id}", "/entry/7", false), ("/entries/{id}", "*", false),
        ("/entries/{id}/settled", "/entries/7/settled", true), ("/entries/{id}/settled", "/entries//settled", false),
        ("/entries/{id}/settled", "/entries/7/settle", false), ("/{a}/{b}", "/x/y", true), ("/{a}/{b}", "/x/y/", false),
        ("/", "/", true), ("/", "/x", false), ("/a/", "/a/", true), ("/a/", "/a", false), ("/a", "/A", false),
    ]) func templatesTakeWholeSegments(template: String, target: String, expected: Bool) throws {
        let path = try #require(PathTemplate(template))
        #expect(path.text == template)
        #expect(takes(RouteMatch(path: .template(path)), target: target) == expected)
    }

    @Test(arguments: ["", "entries", "/a{b}", "/{a}b", "/{}", "/{a", "/a}", "/{{a}}", "/a?b"])
    func templatesThatAreNone(text: String) { #expect(PathTemplate(text) == nil) }

    @Test func templatesAreBounded() {
        #expect(PathTemplate(String(repeating: "/a", count: PathTemplate.maximumSegments)) != nil)
        #expect(PathTemplate(String(repeating: "/a", count: PathTemplate.maximumSegments + 1)) == nil)
    }

    @Test func everythingSetMustHold() {
        let match = RouteMatch(
            host: .exact("api.bank"), path: .prefix("/payments"), methods: ["GET", "PUT"],
            headers: [.init(name: "X-Tier", value: "gold"), .init(name: "x-any")])
        let headers = ["x-tier": "gold", "x-any": ""]
        #expect(takes(match, headers: headers))
        #expect(!takes(match, method: "POST", headers: headers))
        #expect(!takes(match, host: "other.bank", headers: headers))
        #expect(!takes(match, target: "/refunds", headers: headers))
        #expect(!takes(match, headers: ["x-tier": "silver", "x-any": ""]))
        #expect(!takes(match, headers: ["x-tier": "gold"]))
    }
}

@Suite struct RetryPolicyTests {
    @Test(arguments: ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]) func idempotentMethodsRepeat(method: String)
    {
        #expect(RetryPolicy().mayRepeat(method: method, hasIdempotencyHeader: false))
    }

    @Test(arguments: ["POST", "PATCH", "get", "CONNECT"]) func othersNeedTheNamedHeader(method: String) {
        #expect(!RetryPolicy().mayRepeat(method: method, hasIdempotencyHeader: true))
        let named = RetryPolicy(idempotencyHeader: "idempotency-key")
        #expect(!named.mayRepeat(method: method, hasIdempotencyHeader: false))
        #expect(named.mayRepeat(method: method, hasIdempotencyHeader: true))
    }

    @Test func onlyListedStatusesCount() {
        let policy = RetryPolicy(conditions: [.status503, .connectFailure])
        #expect((100..<600).filter(policy.covers) == [503])
        #expect((100..<600).filter(RetryPolicy().covers) == [502, 503, 504])
    }
}

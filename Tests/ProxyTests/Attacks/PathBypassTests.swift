import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// No spelling of a path walks past a rule, and the service gets the path that the rules have seen.
    @Suite(.serialized)
    struct PathBypass {
        private static func rules(ignoreCase: Bool = false) -> Authorization {
            var rule = AuthorizationRule(name: "no-admin", action: .deny, paths: [PathPattern("/admin/*")!])
            rule.ignoreCase = ignoreCase
            return Authorization(revision: "1", unmatched: .allow, rules: [rule])
        }

        /// What came back, and what the service got as its target.
        struct Sent: Equatable {
            var status: Int
            var target = ""
        }

        private func with(
            _ change: (inout Listener) -> Void,
            _ body: (_ send: (_ line: String, _ fields: String) throws -> Sent, TestProxy) async throws -> Void
        ) async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", String(request.startLine.split(separator: " ")[1]))
            }
            var configuration = TestProxy.configuration([upstream.port], inbound: true)
            if configuration.inbound != nil { change(&configuration.inbound!) }
            let proxy = try await TestProxy(configuration)
            try await body(
                { line, fields in
                    let client = try proxy.connect()
                    defer { client.close() }
                    try client.write("\(line) HTTP/1.1\r\nhost: a\r\n\(fields)\r\n")
                    let answer = try client.readMessage()
                    return Sent(status: answer.status, target: answer.status == 200 ? answer.text : "")
                }, proxy)
            upstream.stop()
            try await proxy.stop()
        }

        static let spellings: [(String, Int)] = [
            ("/admin", 403), ("/admin/x", 403), ("//admin/x", 403), ("/admin//x", 403), ("///admin", 403),
            ("/./admin", 403), ("/a/../admin", 403), ("/a/b/../../admin", 403), ("/a/..//admin", 403),
            ("/%61dmin", 403), ("/%61%64%6D%69%6e", 403), ("/a/%2e%2e/admin", 403), ("/a/%2E./admin", 403),
            ("/a/.%2e/admin", 403), ("/%2e/admin", 403), ("/admin/..", 200), ("/admin/.", 403), ("/admin?x", 403),
            ("/admin%2fx", 403), ("/admin%2Fx", 403), ("/a%2f..%2fadmin", 403), ("/%2fadmin", 403),
            ("/a/..%2fadmin", 403), ("/a/..;/admin", 403), ("/admin;x=1/y", 403), ("/admin%3bx", 403),
            ("/admin%5cx", 403), ("/%2561dmin", 403), ("/%252e%252e/admin", 403), ("/admin%3Fx", 403),
            ("/admin%23x", 403), ("/admin%0a", 403), ("/admin%ff", 403), ("/../admin", 400), ("/a/../../admin", 400),
            ("/%2e%2e/admin", 400), ("/%zz/admin", 400), ("/%6", 400), ("/%", 400), ("/a\\..\\admin", 400),
            ("/\\admin", 400), ("/admin%00", 400), ("/administrator", 200), ("/users/admin", 200),
        ]

        @Test func everySpellingIsSeen() async throws {
            try await with({ $0.authorization = Self.rules() }) { (send, proxy) async throws in
                let client = try FrameClient(try proxy.connect())
                var stream: Int32 = 1
                for (path, status) in Self.spellings {
                    #expect(try send("GET \(path)", "").status == status, "\(path)")
                    try client.headers(FrameClient.request("GET", path), stream: stream)
                    #expect(try client.answer(stream: stream).status == status, "\(path) in HTTP/2")
                    stream += 2
                }
            }
        }

        @Test func theServiceGetsWhatTheRulesHaveSeen() async throws {
            try await with({ $0.authorization = Self.rules() }) { (send, proxy) async throws in
                for (path, seen) in [
                    ("/users/7", "/users/7"), ("/users//7", "/users/7"), ("//users/./7/", "/users/7/"),
                    ("/users/../accounts/7", "/accounts/7"), ("/users/%7Ex/%2e", "/users/~x/"),
                    ("/users/a%20b%c3%a9", "/users/a%20b%C3%A9"), ("/a/..", "/"), ("/users/...", "/users/..."),
                    ("/users?next=//a/../%2e%2f", "/users?next=//a/../%2e%2f"), ("/.well-known/x", "/.well-known/x"),
                    ("http://a//users", "/users"),
                ] {
                    #expect(try send("GET \(path)", "") == Sent(status: 200, target: seen), "\(path)")
                }
                let spans = try await proxy.sink.spans(2)
                #expect(spans[1].text("url.path") == "/users/7")
            }
        }

        /// Where the path is not rewritten, a rule that speaks of paths refuses what it would have rewritten.
        @Test(arguments: [PathNormalization.none, .base])
        func withoutRewritingOnlyPlainPathsPass(_ normalization: PathNormalization) async throws {
            try await with({
                $0.authorization = Self.rules()
                $0.pathNormalization = normalization
            }) { (send, _) async throws in
                #expect(try send("GET /users/7?x=//", "") == Sent(status: 200, target: "/users/7?x=//"))
                #expect(try send("GET /users//7", "").status == 403)
                let dotted = try send("GET /users/./7", "")
                #expect(dotted == (normalization == .none ? Sent(status: 403) : Sent(status: 200, target: "/users/7")))
            }
        }

        @Test func withoutRulesPathsPassAsTheyAre() async throws {
            try await with({ _ in }) { (send, _) async throws in
                #expect(try send("GET //a/../b%2f%zz;x", "") == Sent(status: 200, target: "//a/../b%2f%zz;x"))
            }
            try await with({ $0.pathNormalization = .base }) { (send, _) async throws in
                #expect(try send("GET //a/../b%2f;x", "") == Sent(status: 200, target: "//b%2F;x"))
                #expect(try send("GET /%zz", "").status == 400)
            }
        }

        @Test func caseIsTheServicesToTell() async throws {
            try await with({ $0.authorization = Self.rules() }) { (send, _) async throws in
                #expect(try send("GET /Admin/x", "") == Sent(status: 200, target: "/Admin/x"))
            }
            try await with({ $0.authorization = Self.rules(ignoreCase: true) }) { (send, _) async throws in
                for path in ["/Admin/x", "/ADMIN", "/%41dmin", "/admin"] {
                    #expect(try send("GET \(path)", "").status == 403, "\(path)")
                }
            }
        }

        @Test func fieldsThatComeTwiceAndMethodsInSmallLetters() async throws {
            func field(_ action: AuthorizationRule.Action) -> Authorization {
                Authorization(
                    revision: "1", unmatched: action == .deny ? .allow : .deny,
                    rules: [
                        AuthorizationRule(
                            name: "role", action: action, headers: [.init(name: "x-role", value: "admin")]),
                        AuthorizationRule(name: "post", action: .deny, methods: ["POST"]),
                    ])
            }
            let twice = "x-role: user\r\nx-role: admin\r\n"
            try await with({ $0.authorization = field(.deny) }) { (send, _) async throws in
                for fields in [twice, "x-role: admin\r\n", "x-role: user , admin\r\n", "X-Role: admin, user\r\n"] {
                    #expect(try send("GET /", fields).status == 403, "\(fields)")
                }
                #expect(try send("GET /", "x-role: administrator\r\n").status == 200)
                #expect(try send("post /", "").status == 403)
                #expect(try send("POST /", "").status == 403)
            }
            try await with({ $0.authorization = field(.allow) }) { (send, _) async throws in
                #expect(try send("GET /", "x-role: admin\r\n").status == 200)
                for fields in [twice, "x-role: admin\r\nx-role: user\r\n", "x-role: admin, user\r\n", ""] {
                    #expect(try send("GET /", fields).status == 403, "\(fields)")
                }
            }
        }
    }
}

import NIOCore
import NIOPosix
import Testing
import Transport

@Suite struct ListeningTests {
    @Test(arguments: ["127.0.0.1", "127.9.8.7", "localhost", "::1"]) func loopbackNeedsNothing(host: String) throws {
        try ListenerPolicy.check("wire", host: host, hasMutualTLS: false, hasTokens: false)
    }

    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "::", "bank.example", "127.0.0.1.evil.example", "127.0.0.999", "127.1", "",
    ])
    func othersNeedProtection(host: String) throws {
        let error = #expect(throws: ListenerError.self) {
            try ListenerPolicy.check("wire", host: host, hasMutualTLS: false, hasTokens: false)
        }
        #expect(error?.code == .unprotected)
        #expect(error?.description.contains("neither mutual TLS nor tokens") == true)
        try ListenerPolicy.check("wire", host: host, hasMutualTLS: true, hasTokens: false)
        try ListenerPolicy.check("wire", host: host, hasMutualTLS: false, hasTokens: true)
    }

    @Test func aTakenAddressIsNamed() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        func bind(_ port: Int) async throws -> any Channel {
            try await ServerListener.bind("query", host: "127.0.0.1", port: port, group: group) {
                $0.eventLoop.makeSucceededVoidFuture()
            }
        }
        let first = try await bind(0)
        let port = try #require(first.localAddress?.port)
        #expect(ServerListener.boundAddress(of: first) == "127.0.0.1:\(port)")
        let error = await #expect(throws: ListenerError.self) { try await bind(port) }
        #expect(error?.description == "the query listener cannot have 127.0.0.1:\(port): Address already in use")
        try await first.close()
    }

    @Test func tokensAreComparedWhole() throws {
        let tokens = try #require(BearerTokens([("ops", "0123456789abcdef"), ("audit", "fedcba9876543210")]))
        #expect(tokens.name(authorization: "Bearer 0123456789abcdef") == "ops")
        #expect(tokens.name(authorization: "bearer  fedcba9876543210") == "audit")
        for text in [
            nil, "", "Bearer", "Bearer ", "Basic 0123456789abcdef", "Bearer 0123456789abcde",
            "Bearer 0123456789abcdefg",
            "Bearer 0123456789abcdeg", "0123456789abcdef",
        ] {
            #expect(tokens.name(authorization: text) == nil, "\(text ?? "nil")")
        }
        #expect(!"\(tokens)".contains("0123456789abcdef"))
        #expect(BearerTokens([("short", "0123456789abcde")]) == nil)
    }
}

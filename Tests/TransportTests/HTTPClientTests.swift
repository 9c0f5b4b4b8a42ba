import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing
import Transport

@Suite struct HTTPClientTests {
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    @Test func requestsAreAnsweredOnKeptConnections() async throws {
        try await HTTPServer.with { server in
            for index in 0..<20 {
                let response = try await client.get("http://\(server.address)/\(index)?a=b")
                #expect(response.status == 200 && response.text == "GET /\(index)?a=b 0")
            }
            let posted = try await client.post(
                "http://\(server.address)", body: ByteBuffer(repeating: 7, count: 100_000))
            #expect(posted.text == "POST / 100000")
            client.closeIdle()
            #expect(try await client.get("http://\(server.address)/again").status == 200)
            client.closeIdle()
        }
    }

    @Test func manyAtOnce() async throws {
        try await HTTPServer.with { server in
            let address = server.address
            try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<100 { group.addTask { try await client.get("http://\(address)/\(index)").text } }
                var answers: Set<String> = []
                for try await answer in group { answers.insert(answer) }
                #expect(answers == Set((0..<100).map { "GET /\($0) 0" }))
            }
            client.closeIdle()
        }
    }

    @Test func aKeptConnectionThatTheServerClosedIsReplaced() async throws {
        var limits = HTTPLimits()
        limits.idleTimeoutMilliseconds = 800
        try await HTTPServer.with(limits) { server in
            #expect(try await client.get("http://\(server.address)/1").status == 200)
            try await Task.sleep(for: .milliseconds(2_000))
            #expect(try await client.get("http://\(server.address)/2").status == 200)
            client.closeIdle()
        }
    }

    @Test func refusalsAreResponses() async throws {
        try await HTTPServer.with { server in
            let response = try await client.get(
                "http://\(server.address)/", headers: ["x": String(repeating: "y", count: 70_000)])
            #expect(response.status == 431)
        }
    }

    @Test func limitsHold() async throws {
        var limits = HTTPClient.Limits()
        limits.maximumResponseBytes = 5
        let bounded = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, limits: limits)
        try await HTTPServer.with { server in
            let tooLarge = await #expect(throws: HTTPClientError.self) {
                try await bounded.get("http://\(server.address)/")
            }
            #expect(tooLarge?.code == .responseTooLarge)
        }
        let silent = try await ServerListener.bind(
            "test", host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton
        ) {
            $0.eventLoop.makeSucceededVoidFuture()
        }
        let address = ServerListener.boundAddress(of: silent)
        limits.timeoutMilliseconds = 50
        let hasty = HTTPClient(group: MultiThreadedEventLoopGroup.singleton, limits: limits)
        let timeout = await #expect(throws: HTTPClientError.self) { try await hasty.get("http://\(address)/") }
        #expect(timeout?.code == .timeout)
        #expect(timeout?.description == "\(address) did not answer within 50 ms")
        try await silent.close()
        let closed = "127.0.0.1:\(try FreePort.next())"
        let refused = await #expect(throws: HTTPClientError.self) { try await bounded.get("http://\(closed)/") }
        #expect(refused?.code == .connect)
        #expect(refused?.description == "cannot connect to \(closed): Connection refused")
    }

    @Test(arguments: [
        "", "127.0.0.1:80", "https://a/", "http://", "http://:80/", "http://a:0/", "http://a:99999/", "http://u@a/",
        "http://a/ b",
    ])
    func badAddressesAreRefused(url: String) async {
        let error = await #expect(throws: HTTPClientError.self) { try await client.get(url) }
        #expect(error?.code == .badURL)
    }
}

import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Synchronization
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct GRPCConnectionTests {
    private static let hello = GRPCMessageWriter.buffer(Array("hello".utf8))

    @Test func aGracefulEndFinishesWhatIsOnItsWay() async throws {
        let accepted = Mutex<(any Channel)?>(nil)
        let service = GRPCTestService()
        let listener = try await ServerListener.bind(
            "test", host: "127.0.0.1", port: 0, group: GRPCTestServer.group
        ) { channel in
            accepted.withLock { $0 = channel }
            return channel.eventLoop.makeCompletedFuture {
                try GRPCServerPipeline.add(to: channel, service: service, limits: GRPCLimits())
            }
        }
        let client = try await GRPCRawClient.connect(port: listener.localAddress?.port ?? 0)
        let stream = try await client.begin("/t.T/Never")
        try await client.data(Self.hello, on: stream, ends: true)
        try await eventually("it is served") { service.state.withLock { $0.waiting.count == 1 } }
        accepted.withLock { $0 }?.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        try await eventually("GOAWAY") { client.state.withLock { $0.goAways.contains(.noError) } }
        #expect(client.state.withLock { !$0.isClosed })
        service.state.withLock { $0.waiting[0] }.reply(.message([1]))
        #expect(try await client.answer(stream).status == "0")
        try await client.untilClosed()
        try await listener.close()
    }

    @Test func idleConnectionsAreAskedAndTakenDown() async throws {
        var limits = GRPCLimits()
        limits.keepAliveMilliseconds = 30
        limits.idleTimeoutMilliseconds = 1_000
        limits.graceMilliseconds = 1_000
        try await GRPCTestServer.with(limits) { server in
            let client = try await server.client()
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            try await client.untilClosed()
            #expect(client.state.withLock { $0.pings > 0 && Set($0.goAways) == [.noError] })
        }
    }

    @Test func whoeverSaysNothingIsTurnedAway() async throws {
        var limits = GRPCLimits()
        limits.prefaceTimeoutMilliseconds = 30
        try await GRPCTestServer.with(limits) { server in
            for beginning in ["", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
                let channel = try await ClientBootstrap(group: GRPCTestServer.group).connect(
                    host: "127.0.0.1", port: server.port
                ).get()
                // On a busy machine its time may be over before it is sent.
                try? await channel.writeAndFlush(ByteBuffer(string: beginning))
                try await channel.closeFuture.get()
            }
        }
    }

    @Test func http1IsToldWhereItIs() async throws {
        try await GRPCTestServer.with { server in
            let client = HTTPClient(group: GRPCTestServer.group)
            let answer = try await client.get("http://127.0.0.1:\(server.port)/v1/traces")
            #expect(answer.status == 400 && answer.text.contains("gRPC"))
            client.closeIdle()
        }
    }

    @Test func aFloodOfResetsEndsTheConnection() async throws {
        var limits = GRPCLimits()
        limits.maximumStreams = 8
        try await GRPCTestServer.with(limits) { server in
            let client = try await server.client()
            var sent = 0
            while sent < 200, !client.state.withLock({ $0.isClosed }) {
                // The server may have closed the connection already.
                guard let stream = try? await client.begin("/t.T/Echo") else { break }
                guard (try? await client.send(.rstStream(.cancel), on: stream)) != nil else { break }
                sent += 1
            }
            try await client.untilClosed()
            #expect(sent < 200)
            let other = try await server.client()
            #expect(try await other.call("/t.T/Echo", Self.hello).status == "0")
            try await other.close()
        }
    }

    @Test func headersTooLargeEndTheConnection() async throws {
        var limits = GRPCLimits()
        limits.maximumHeaderBytes = 2_000
        try await GRPCTestServer.with(limits) { server in
            let client = try await server.client()
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            let noise = (0..<200).map { ("x-noise-\($0)", String(repeating: "y", count: 100)) }
            // The header block may be refused before it is all out.
            _ = try? await client.begin("/t.T/Echo", metadata: noise)
            try await client.untilClosed()
        }
    }

    @Test func mutualTLSAndALPN() async throws {
        let authority = try TestAuthority()
        let name = "spiffe://bank.example/ns/core/sa/payments"
        let files = try authority.issue(.workload(name))
        let context = try TLS.serverContext(files, protocols: ["h2"])
        let service = GRPCTestService()
        let listener = try await ServerListener.bind(
            "test", host: "127.0.0.1", port: 0, group: GRPCTestServer.group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers(
                    TLS.serverHandlers(context: context, verifying: .anyIn("bank.example")))
                try GRPCServerPipeline.add(to: channel, service: service, limits: GRPCLimits(), isTLS: true)
            }
        }
        let port = try #require(listener.localAddress?.port)
        let h2 = try TLS.clientContext(files, protocols: ["h2"])
        let client = try await GRPCRawClient.connect(port: port) { channel in
            try channel.pipeline.syncOperations.addHandlers(
                TLS.clientHandlers(context: h2, verifying: .anyIn("bank.example")))
        }
        #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
        #expect(service.state.withLock { $0.callers.map(\.principal) } == [name])
        try await client.close()
        // Without ALPN nobody has said that this is HTTP/2.
        let bare = try TLS.clientContext(files)
        let stranger = try await GRPCRawClient.connect(port: port) { channel in
            try channel.pipeline.syncOperations.addHandlers(
                TLS.clientHandlers(context: bare, verifying: .anyIn("bank.example")))
        }
        try await stranger.untilClosed()
        try await listener.close()
    }

    /// Random bytes after a good preface: the connection may end, the server may not.
    @Test func noiseHarmsNobodyElse() async throws {
        let seed = Seed.next()
        var random = seed.generator
        try await GRPCTestServer.with { server in
            let good = try await server.client()
            for _ in 0..<(Seed.isSoak ? 5_000 : 100) {
                let channel = try await ClientBootstrap(group: GRPCTestServer.group).connect(
                    host: "127.0.0.1", port: server.port
                ).get()
                var bytes = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                // An empty SETTINGS frame, then frames of any kind with any content.
                bytes.writeBytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    let length = Int.random(in: 0...60, using: &random)
                    bytes.writeBytes([0, 0, UInt8(length), .random(in: 0...10, using: &random)])
                    bytes.writeBytes([
                        .random(in: 0...255, using: &random), 0, 0, 0, .random(in: 0...5, using: &random),
                    ])
                    bytes.writeBytes((0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
                }
                // The server may end the connection while it is written to.
                try? await channel.writeAndFlush(bytes)
                try? await channel.close()
            }
            #expect(try await good.call("/t.T/Echo", Self.hello).status == "0", "\(seed)")
            try await good.close()
        }
    }
}

import Glibc
import Mesh
import Testing

extension ProxyTests {
    /// Tunnels of all kinds, with pieces of random sizes in random order and every kind of end.
    @Suite(.serialized)
    struct TunnelFuzz {
        /// The client's end of a tunnel, whatever carries it.
        private enum Client {
            case socket(RawSocket)
            case stream(FrameClient)

            func send(_ bytes: [UInt8]) throws {
                switch self {
                case .socket(let socket): try socket.write(bytes)
                case .stream(let client): try client.data(bytes, stream: 1)
                }
            }

            func end() throws {
                switch self {
                case .socket(let socket): socket.finishSending()
                case .stream(let client): try client.data([], stream: 1, ends: true)
                }
            }

            func reset() throws {
                switch self {
                case .socket(let socket): socket.reset()
                case .stream(let client): try client.send(3, stream: 1, payload: [0, 0, 0, 8])
                }
            }

            /// Everything until the end, and whether it was an orderly one.
            func rest() throws -> (bytes: [UInt8], isWhole: Bool) {
                switch self {
                case .socket(let socket): return (try socket.readToEnd(), true)
                case .stream(let client):
                    let answer = try client.answer(stream: 1)
                    return (answer.body, answer.resetBy == nil)
                }
            }
        }

        @Test func everyByteAndEveryEnd() async throws {
            let environment = getenv("WAYBILL_SEED").map { String(cString: $0) }
            let seed = environment.flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
            let rounds = getenv("WAYBILL_SOAK") == nil ? 60 : 3_000
            var random = SeededRandom(seed)
            print("WAYBILL_SEED=\(seed)")
            for version in [HTTPProtocol.http2, .http1] {
                let upstream = try TunnelUpstream()
                try await TestProxy.withTunnelPair(upstream, version, isSecure: version == .http2) { near, far in
                    for round in 0..<rounds {
                        try await Self.tunnel(near, upstream, &random, "seed \(seed), \(version), round \(round)")
                    }
                    for proxy in [near, far] {
                        try await eventually("all are over, seed \(seed)") { proxy.inFlight == 0 }
                        try await proxy.tunnelsEnd()
                    }
                    #expect(try await near.sink.spans(rounds).count == rounds)
                }
            }
        }

        private static func tunnel(
            _ proxy: TestProxy, _ upstream: TunnelUpstream, _ random: inout SeededRandom, _ name: Comment
        ) async throws {
            let client: Client
            if Bool.random(using: &random) {
                let socket = try proxy.connect()
                #expect(try socket.openWebSocket().status == 101, name)
                client = .socket(socket)
            } else {
                let stream = try FrameClient(try proxy.connect())
                try stream.headers(ExtendedConnects.ask(), stream: 1, ends: false)
                client = .stream(stream)
            }
            let server = try await upstream.next().socket
            defer { server.close() }
            var (sent, answered): ([UInt8], [UInt8]) = ([], [])
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let piece = (0..<Int.random(in: 1...2_000, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                if Bool.random(using: &random) {
                    try client.send(piece)
                    sent += piece
                } else {
                    try server.write(piece)
                    answered += piece
                }
            }
            switch Int.random(in: 0...3, using: &random) {
            case 0:
                try client.end()
                server.finishSending()
            case 1:
                server.finishSending()
                try client.end()
            case 2:
                // What has not been read by then is lost; nothing else may come of it.
                try client.reset()
                let seen = try server.readToEnd()
                #expect(sent.starts(with: seen), name)
                return
            default:
                server.reset()
                let seen = try client.rest()
                #expect(answered.starts(with: seen.bytes), name)
                if case .stream = client { #expect(!seen.isWhole, name) }
                return
            }
            #expect(try server.readToEnd() == sent, name)
            let seen = try client.rest()
            #expect(seen.bytes == answered && seen.isWhole, name)
        }
    }
}

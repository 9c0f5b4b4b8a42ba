import NIOCore
import NIOPosix
import Transport

/// A listener over a test service, gone when `with` returns.
struct GRPCTestServer: Sendable {
    let service: GRPCTestService
    let channel: any Channel
    static let group = MultiThreadedEventLoopGroup.singleton

    var port: Int { channel.localAddress?.port ?? 0 }

    static func with(
        _ limits: GRPCLimits = GRPCLimits(), service: GRPCTestService = GRPCTestService(),
        _ body: (GRPCTestServer) async throws -> Void
    ) async throws {
        let channel = try await ServerListener.bind("test", host: "127.0.0.1", port: 0, group: group) { channel in
            channel.eventLoop.makeCompletedFuture {
                try GRPCServerPipeline.add(to: channel, service: service, limits: limits)
            }
        }
        do {
            try await body(GRPCTestServer(service: service, channel: channel))
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
        // Whatever happened: what was granted has been given back, once nobody holds it.
        let waiting = service.state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for call in waiting { call.reply(.message([])) }
        try await eventually("all memory is given back") { service.state.withLock { $0.reserved == 0 } }
    }

    func client() async throws -> GRPCRawClient { try await GRPCRawClient.connect(port: port) }
}

struct NeverHappened: Error, CustomStringConvertible {
    var description: String
}

func eventually(_ what: String, _ condition: () -> Bool) async throws {
    for _ in 0..<5_000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw NeverHappened(description: "never happened: \(what)")
}

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// One process of a service, as far as its proxy can tell: it can stop, start again on its port, and misbehave.
final class BankInstance: Sendable {
    enum Mood: Sendable {
        case answers
        /// 503.
        case unavailable
        /// Takes the request, and resets the connection.
        case resets
        /// Takes the request, and answers when the mood is over.
        case hangs
    }

    private struct State {
        var mood = Mood.answers
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    let service: BankService
    let port: Int
    private let caller: BankCaller
    private let state = Mutex(State())

    init(_ service: BankService, caller: BankCaller) throws {
        self.service = service
        self.caller = caller
        port = Int(try FreePort.next())
    }

    var mood: Mood {
        get { state.withLock { $0.mood } }
        set { state.withLock { $0.mood = newValue } }
    }

    func start() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    self.opened(channel)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        BankInstanceHandler(self.service, self, self.caller))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        state.withLock { $0.listener = listener }
    }

    /// As a process that ends: nobody listens, and every connection is closed in the middle of what it does.
    func stop() async throws {
        let (listener, connections) = state.withLock { state in
            defer { state.listener = nil }
            return (state.listener, Array(state.connections.values))
        }
        try await listener?.close().get()
        for connection in connections { connection.close(promise: nil) }
    }

    private func opened(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { $0.connections[id] = channel }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.connections[id] = nil } }
    }
}

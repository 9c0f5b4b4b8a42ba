import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// One process of a service, as far as its proxy can tell: it can stop, start again on its ports, and misbehave.
final class BankInstance: Sendable {
    enum Mood: Sendable {
        case answers
        /// 503.
        case unavailable
        /// Takes the request, and resets the connection, or the stream.
        case resets
        /// Takes the request, and answers when the mood is over.
        case hangs
    }

    private struct State {
        var mood = Mood.answers
        var listeners: [any Channel] = []
        var connections: [ObjectIdentifier: any Channel] = [:]
    }

    let service: BankService
    /// Where it speaks HTTP/1.1.
    let port: Int
    /// Where it speaks HTTP/2, and gRPC.
    let rpcPort: Int
    private let caller: BankCaller
    private let state = Mutex(State())

    init(_ service: BankService, caller: BankCaller) throws {
        self.service = service
        self.caller = caller
        port = try FreePort.next()
        rpcPort = try FreePort.next()
    }

    var mood: Mood {
        get { state.withLock { $0.mood } }
        set { state.withLock { $0.mood = newValue } }
    }

    func start() async throws {
        let http1 = try await listen(port) { channel in
            channel.eventLoop.makeCompletedFuture {
                self.opened(channel)
                try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                try channel.pipeline.syncOperations.addHandler(self.handler())
            }
        }
        let http2 = try await listen(rpcPort) { channel in
            self.opened(channel)
            return channel.configureHTTP2Pipeline(
                mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
            ) { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandlers([
                        HTTP2FramePayloadToHTTP1ServerCodec(), self.handler(),
                    ])
                }
            }.map { _ in }
        }
        state.withLock { $0.listeners = [http1, http2] }
    }

    private func handler() -> BankInstanceHandler { BankInstanceHandler(service, self, caller) }

    private func listen(
        _ port: Int, _ initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer(initializer)
            .bind(host: "127.0.0.1", port: port).get()
    }

    /// As a process that ends: nobody listens, and every connection is closed in the middle of what it does.
    func stop() async throws {
        let (listeners, connections) = state.withLock { state in
            defer { state.listeners = [] }
            return (state.listeners, Array(state.connections.values))
        }
        for listener in listeners { try await listener.close().get() }
        for connection in connections { connection.close(promise: nil) }
    }

    private func opened(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        state.withLock { $0.connections[id] = channel }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.connections[id] = nil } }
    }
}

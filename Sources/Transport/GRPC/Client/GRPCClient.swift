import NIOCore
import NIOHTTP2
import NIOPosix
import Synchronization

/// A small gRPC client: unary calls over one plain HTTP/2 connection, which is opened when it is needed and again after
/// it was lost. For tools and tests.
public final class GRPCClient: Sendable {
    private struct Connection: Sendable {
        var channel: any Channel
        var handler: NIOLoopBound<GRPCClientHandler>
    }

    private let host: String
    private let port: Int
    private let group: any EventLoopGroup
    private let connectTimeout: TimeAmount
    private let current = Mutex<EventLoopFuture<Connection>?>(nil)

    public init(host: String, port: Int, group: any EventLoopGroup, connectTimeout: TimeAmount = .seconds(5)) {
        self.host = host
        self.port = port
        self.group = group
        self.connectTimeout = connectTimeout
    }

    /// Calls `method` (`/package.Service/Method`) with one message and waits for the answer. A connection that cannot be
    /// had, or is lost, is UNAVAILABLE.
    ///
    /// - Parameters:
    ///   - metadata: Further request headers; names in lower case.
    ///   - encoding: How `message` is compressed already; `nil` when it is not.
    public func call(
        _ method: String, _ message: [UInt8], metadata: [(String, String)] = [], encoding: String? = nil
    ) async -> GRPCReply {
        let connection: Connection
        do {
            connection = try await connected().get()
        } catch {
            return .status(GRPCStatus(.unavailable, "no connection to \(host):\(port): \(error)"))
        }
        let authority = "\(host):\(port)"
        do {
            return try await connection.channel.eventLoop.flatSubmit {
                connection.handler.value.call(
                    method, message, authority: authority, metadata: metadata, encoding: encoding)
            }.get()
        } catch {
            return .status(GRPCStatus(.unavailable, "\(error)"))
        }
    }

    /// Closes the connection; calls on their way fail.
    public func close() {
        let connection = current.withLock { current in
            defer { current = nil }
            return current
        }
        connection?.whenSuccess { $0.channel.close(promise: nil) }
    }

    private func connected() -> EventLoopFuture<Connection> {
        let (connection, isFresh) = current.withLock { current in
            if let current { return (current, false) }
            let fresh = connect()
            current = fresh
            return (fresh, true)
        }
        guard isFresh else { return connection }
        connection.whenComplete { [self] result in
            switch result {
            case .success(let made): made.channel.closeFuture.whenComplete { _ in self.forget(connection) }
            case .failure: forget(connection)
            }
        }
        return connection
    }

    private func forget(_ connection: EventLoopFuture<Connection>) {
        current.withLock { current in
            if current === connection { current = nil }
        }
    }

    private func connect() -> EventLoopFuture<Connection> {
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var connection = NIOHTTP2Handler.ConnectionConfiguration()
                    connection.initialSettings.append(HTTP2Setting(parameter: .enablePush, value: 0))
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOHTTP2Handler(mode: .client, connectionConfiguration: connection),
                        GRPCClientHandler(eventLoop: channel.eventLoop),
                    ])
                }
            }
        return bootstrap.connect(host: host, port: port).flatMapThrowing { channel in
            let handler = try channel.pipeline.syncOperations.handler(type: GRPCClientHandler.self)
            return Connection(channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }
    }
}

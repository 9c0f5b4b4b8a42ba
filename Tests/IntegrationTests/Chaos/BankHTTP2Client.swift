import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import Synchronization

/// Requests over one HTTP/2 connection that is kept, many at once; it is made again when it is gone. None is repeated.
final class BankHTTP2Client: Sendable {
    struct Reply: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body = ByteBuffer()
        var trailers: HTTPHeaders?
    }

    /// Nothing came in time, and the stream stayed.
    struct Silence: Error {}

    private struct Connection: Sendable {
        let channel: any Channel
        let streams: NIOHTTP2Handler.StreamMultiplexer
    }

    private let host: String
    private let port: Int
    private let timeoutMilliseconds: Int
    private let current = Mutex<Connection?>(nil)

    init(_ address: String, timeoutMilliseconds: Int) {
        let parts = address.split(separator: ":")
        host = String(parts.first ?? "")
        port = parts.last.flatMap { Int($0) } ?? 0
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    func execute(_ head: HTTPRequestHead, _ body: ByteBuffer) async throws -> Reply {
        let connection = try await connected()
        let promise = connection.channel.eventLoop.makePromise(of: Reply.self)
        let timeout = TimeAmount.milliseconds(Int64(timeoutMilliseconds))
        connection.streams.createStreamChannel { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers([
                    HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .http),
                    BankReplyHandler(head, body, timeout, promise),
                ])
            }
        }.whenFailure { promise.fail($0) }
        do {
            return try await promise.futureResult.get()
        } catch let error as Silence {
            throw error
        } catch {
            // A connection that takes no more streams is not asked again.
            if !(error is NIOHTTP2Errors.StreamClosed) { forget(connection) }
            throw error
        }
    }

    func close() {
        current.withLock { current in
            defer { current = nil }
            return current
        }?.channel.close(promise: nil)
    }

    private func forget(_ connection: Connection) {
        current.withLock { if $0?.channel === connection.channel { $0 = nil } }
    }

    private func connected() async throws -> Connection {
        if let connection = current.withLock({ $0 }), connection.channel.isActive { return connection }
        let (channel, streams) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.configureHTTP2Pipeline(
                    mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
                ) { stream in
                    // Nobody pushes.
                    stream.close()
                }.map { (channel, $0) }
            }
        let made = Connection(channel: channel, streams: streams)
        // Of two that were made at once the second is kept; the first ends with its calls.
        current.withLock { $0 = made }
        return made
    }
}

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import Transport

/// A server behind the guard that answers every request with its method, target and body length, and remembers what it
/// was given. Tests speak to it in raw bytes.
final class HTTPServer: Sendable {
    let channel: any Channel
    let seen = Mutex<[String]>([])
    let refusals = Mutex<[HTTPRefusal.Reason]>([])
    private static let group = MultiThreadedEventLoopGroup.singleton

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        let server: Box
        private var head: HTTPRequestHead?
        private var bytes = 0

        init(_ server: Box) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                bytes = 0
            case .body(let body): bytes += body.readableBytes
            case .end:
                guard let head else { return }
                let text = "\(head.method) \(head.uri) \(bytes)"
                server.value?.seen.withLock { $0.append(text) }
                var response = HTTPResponseHead(version: .http1_1, status: .ok)
                response.headers.add(name: "content-length", value: String(text.utf8.count))
                context.write(wrapOutboundOut(.head(response)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    private final class Box: Sendable {
        private let held = Mutex<HTTPServer?>(nil)
        var value: HTTPServer? { held.withLock { $0 } }
        func set(_ server: HTTPServer?) { held.withLock { $0 = server } }
    }

    private let box: Box

    private init(channel: any Channel, box: Box) {
        self.channel = channel
        self.box = box
    }

    static func with<Result: Sendable>(
        _ limits: HTTPLimits = HTTPLimits(), _ body: (HTTPServer) async throws -> Result
    ) async throws -> Result {
        let box = Box()
        let channel = try await ServerListener.bind("test", host: "127.0.0.1", port: 0, group: group) { channel in
            channel.eventLoop.makeCompletedFuture {
                try HTTPServerPipeline.add(to: channel, limits: limits) { refusal in
                    box.value?.refusals.withLock { $0.append(refusal.reason) }
                }
                try channel.pipeline.syncOperations.addHandler(Handler(box))
            }
        }
        let server = HTTPServer(channel: channel, box: box)
        box.set(server)
        let result: Result
        do {
            result = try await body(server)
        } catch {
            box.set(nil)
            try await channel.close()
            throw error
        }
        box.set(nil)
        try await channel.close()
        return result
    }

    var address: String { ServerListener.boundAddress(of: channel) }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var text = ""
        private let promise: EventLoopPromise<String>
        init(_ promise: EventLoopPromise<String>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { promise.succeed(text) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// The status of the first response.
    func status(_ pieces: [String]) async throws -> Int? {
        Int(try await exchange(pieces).dropFirst("HTTP/1.1 ".count).prefix(3))
    }

    /// Sends `pieces` and gives back everything received until the server ends the connection.
    func exchange(_ pieces: [String]) async throws -> String {
        let promise = Self.group.any().makePromise(of: String.self)
        let port = channel.localAddress?.port ?? 0
        let client = try await ClientBootstrap(group: Self.group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(promise)) }
        }.connect(host: "127.0.0.1", port: port).get()
        for piece in pieces {
            // The server may have ended the connection already.
            try? await client.writeAndFlush(ByteBuffer(string: piece))
            if pieces.count > 1 { try await Task.sleep(for: .milliseconds(5)) }
        }
        return try await promise.futureResult.get()
    }
}

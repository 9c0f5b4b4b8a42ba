import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import Synchronization

/// A client that sends the frames it is told to and remembers those it gets.
final class GRPCRawClient: Sendable {
    struct Answer: Sendable {
        var headers: [HPACKHeaders] = []
        var body = ByteBuffer()
        var isEnded = false
        var reset: HTTP2ErrorCode?

        var status: String? { headers.last?.first(name: "grpc-status") }
        var message: String? { headers.last?.first(name: "grpc-message") }
    }

    struct State: Sendable {
        var answers: [Int: Answer] = [:]
        var goAways: [HTTP2ErrorCode] = []
        var pings = 0
        var isClosed = false
        var nextStream = 1
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTP2Frame
        let client: GRPCRawClient

        init(_ client: GRPCRawClient) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            client.state.withLock { $0.note(frame) }
        }

        func channelInactive(context: ChannelHandlerContext) { client.state.withLock { $0.isClosed = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {}
    }

    let state = Mutex(State())
    private let channelBox = Mutex<(any Channel)?>(nil)
    var channel: any Channel { channelBox.withLock { $0! } }

    static func connect(
        port: Int, first: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> GRPCRawClient {
        let client = GRPCRawClient()
        let channel = try await ClientBootstrap(group: GRPCTestServer.group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try first(channel)
                try channel.pipeline.syncOperations.addHandlers([NIOHTTP2Handler(mode: .client), Handler(client)])
            }
        }.connect(host: "127.0.0.1", port: port).get()
        client.channelBox.withLock { $0 = channel }
        return client
    }

    func send(_ payload: HTTP2Frame.FramePayload, on stream: Int) async throws {
        try await channel.writeAndFlush(HTTP2Frame(streamID: HTTP2StreamID(stream), payload: payload))
    }

    /// Begins a call; the stream's number.
    func begin(
        _ method: String, type: String? = "application/grpc", metadata: [(String, String)] = [], ends: Bool = false
    ) async throws -> Int {
        let stream = state.withLock { state in
            defer { state.nextStream += 2 }
            return state.nextStream
        }
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": method, ":authority": "test", "te": "trailers",
        ]
        if let type { headers.add(name: "content-type", value: type) }
        for (name, value) in metadata { headers.add(name: name, value: value) }
        try await send(.headers(.init(headers: headers, endStream: ends)), on: stream)
        return stream
    }

    func data(_ bytes: ByteBuffer, on stream: Int, ends: Bool) async throws {
        try await send(.data(.init(data: .byteBuffer(bytes), endStream: ends)), on: stream)
    }

    /// The answer on `stream`, once it is whole.
    func answer(_ stream: Int) async throws -> Answer {
        try await eventually("stream \(stream) is answered") {
            state.withLock { $0.isClosed || $0.answers[stream]?.isEnded == true || $0.answers[stream]?.reset != nil }
        }
        return state.withLock { $0.answers[stream] ?? Answer() }
    }

    /// A whole call.
    func call(_ method: String, _ message: ByteBuffer, metadata: [(String, String)] = []) async throws -> Answer {
        let stream = try await begin(method, metadata: metadata)
        // A call that is refused for its headers is over before its message is sent.
        try? await data(message, on: stream, ends: true)
        return try await answer(stream)
    }

    func untilClosed() async throws {
        try await eventually("the connection is closed") { state.withLock { $0.isClosed } }
    }

    func close() async throws { try? await channel.close() }
}

extension GRPCRawClient.State {
    fileprivate mutating func note(_ frame: HTTP2Frame) {
        let stream = Int(frame.streamID)
        switch frame.payload {
        case .headers(let fields):
            answers[stream, default: .init()].headers.append(fields.headers)
            if fields.endStream { answers[stream, default: .init()].isEnded = true }
        case .data(let body):
            if case .byteBuffer(var bytes) = body.data { answers[stream, default: .init()].body.writeBuffer(&bytes) }
            if body.endStream { answers[stream, default: .init()].isEnded = true }
        case .rstStream(let code): answers[stream, default: .init()].reset = code
        case .goAway(_, let code, _): goAways.append(code)
        case .ping(_, ack: false): pings += 1
        default: break
        }
    }
}

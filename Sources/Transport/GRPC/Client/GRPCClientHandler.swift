import NIOCore
import NIOHPACK
import NIOHTTP2

/// The calls of one client connection.
final class GRPCClientHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private final class Call {
        let promise: EventLoopPromise<GRPCReply>
        var reader = GRPCMessageReader(limit: 4 << 20)

        init(promise: EventLoopPromise<GRPCReply>) { self.promise = promise }
    }

    private static let windowBytes = 1 << 20
    private var calls: [HTTP2StreamID: Call] = [:]
    private var nextID = 1
    private var context: ChannelHandlerContext?
    private var isGoing = false
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func call(
        _ method: String, _ message: [UInt8], authority: String, metadata: [(String, String)], encoding: String?
    ) -> EventLoopFuture<GRPCReply> {
        let promise = eventLoop.makePromise(of: GRPCReply.self)
        guard let context, !isGoing, nextID < Int(Int32.max) - 2 else {
            context?.close(promise: nil)
            promise.succeed(.status(GRPCStatus(.unavailable, "the connection is closing")))
            return promise.futureResult
        }
        let id = HTTP2StreamID(nextID)
        nextID += 2
        let call = Call(promise: promise)
        calls[id] = call
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "http", ":path": method, ":authority": authority,
            "content-type": "application/grpc", "te": "trailers",
        ]
        if let encoding { headers.add(name: "grpc-encoding", value: encoding) }
        for (name, value) in metadata { headers.add(name: name, value: value) }
        write(.headers(.init(headers: headers)), on: id)
        let body = GRPCMessageWriter.buffer(message, isCompressed: encoding != nil)
        write(.data(.init(data: .byteBuffer(body), endStream: true)), on: id)
        context.flush()
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if case .goAway = frame.payload { isGoing = true }
        guard let call = calls[frame.streamID] else { return }
        switch frame.payload {
        case .headers(let fields):
            if fields.endStream { finish(frame.streamID, call, trailers: fields.headers) }
        case .data(let body):
            guard case .byteBuffer(let bytes) = body.data else { return }
            do throws(GRPCMessageReader.Fault) {
                try call.reader.receive(bytes)
            } catch {
                calls[frame.streamID] = nil
                write(.rstStream(.cancel), on: frame.streamID)
                call.promise.succeed(.status(GRPCStatus(.internal, "the answer is no single message: \(error)")))
            }
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    func channelInactive(context: ChannelHandlerContext) {
        fail("the connection was closed")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail("\(error)")
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2WindowUpdatedEvent where event.streamID == .rootStream:
            if let size = event.inboundWindowSize, size <= 32_768 {
                write(.windowUpdate(windowSizeIncrement: Self.windowBytes), on: .rootStream)
            }
        case let event as StreamClosedEvent:
            if let call = calls.removeValue(forKey: event.streamID) {
                let reason = event.reason.map { "\($0)" } ?? "no reason"
                call.promise.succeed(.status(GRPCStatus(.unavailable, "the stream was reset: \(reason)")))
            }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func finish(_ id: HTTP2StreamID, _ call: Call, trailers: HPACKHeaders) {
        calls[id] = nil
        guard let code = trailers.first(name: "grpc-status").flatMap({ UInt8($0) }) else {
            let status = trailers.first(name: ":status") ?? "none"
            return call.promise.succeed(.status(GRPCStatus(.unknown, "an answer without grpc-status, HTTP \(status)")))
        }
        if code == 0, let message = call.reader.message {
            return call.promise.succeed(.message(Array(message.bytes.readableBytesView)))
        }
        let message = GRPCStatusText.decode(trailers.first(name: "grpc-message") ?? "")
        let details = trailers.first(name: "grpc-status-details-bin").flatMap { Base64.decode($0) } ?? []
        call.promise.succeed(
            .status(
                code == 0
                    ? GRPCStatus(.internal, "success without a message")
                    : GRPCStatus(GRPCCode(rawValue: code) ?? .unknown, message, details: details)))
    }

    private func fail(_ reason: String) {
        isGoing = true
        let failed = calls
        calls = [:]
        for call in failed.values { call.promise.succeed(.status(GRPCStatus(.unavailable, reason))) }
    }

    private func write(_ payload: HTTP2Frame.FramePayload, on id: HTTP2StreamID) {
        context?.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    }
}

import Mesh
import NIOCore
import NIOSSL

/// Lets a connection of a permissive listener be what its first bytes say: TLS, or plain while that is still allowed.
final class PermissiveHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let listener: ListenerState
    private let timeout: TimeAmount
    private let silenceIsPlain: Bool
    private let decide: (_ isSecure: Bool, any Channel) throws -> Void
    private var waiting: Scheduled<Void>?
    private var received = ByteBuffer()

    /// - Parameters:
    ///   - silenceIsPlain: A client that says too little before the time-out waits for its server to speak, which one
    ///     that is about to speak TLS does not. Where clients always speak first it is turned away instead.
    ///   - decide: Adds the handlers of the kind of connection it is, once.
    init(
        _ listener: ListenerState, timeoutMilliseconds: Int, silenceIsPlain: Bool,
        decide: @escaping (_ isSecure: Bool, any Channel) throws -> Void
    ) {
        self.listener = listener
        timeout = .milliseconds(Int64(timeoutMilliseconds))
        self.silenceIsPlain = silenceIsPlain
        self.decide = decide
    }

    func handlerAdded(context: ChannelHandlerContext) {
        listener.undecidedConnections += 1
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        waiting = context.eventLoop.scheduleTask(in: timeout) {
            let (handler, context) = bound.value
            if handler.silenceIsPlain {
                handler.conclude(isSecure: false, context)
            } else {
                context.close(promise: nil)
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { listener.undecidedConnections -= 1 }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        guard let isSecure = TLSStart.isTLS(received.readableBytesView) else { return }
        conclude(isSecure: isSecure, context)
    }

    private func conclude(isSecure: Bool, _ context: ChannelHandlerContext) {
        waiting?.cancel()
        do {
            try decide(isSecure, context.channel)
        } catch {
            context.close(promise: nil)
            return
        }
        if received.readableBytes > 0 {
            let bytes = received
            received = ByteBuffer()
            context.fireChannelRead(wrapInboundOut(bytes))
            context.fireChannelReadComplete()
        }
        _ = context.pipeline.syncOperations.removeHandler(context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        waiting?.cancel()
        context.fireChannelInactive()
    }
}

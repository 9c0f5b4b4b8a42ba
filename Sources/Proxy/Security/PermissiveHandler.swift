import Mesh
import NIOCore
import NIOSSL

/// Lets a connection of a permissive listener be what its first byte says: TLS, or plain while that is still allowed.
///
/// The first byte of a TLS connection is that of a handshake record, 0x16 (RFC 8446 §5.1), which no HTTP request
/// starts with.
final class PermissiveHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timeout: TimeAmount
    private let decide: (_ isSecure: Bool, any Channel) throws -> Void
    private var waiting: Scheduled<Void>?

    /// - Parameter decide: Adds the handlers of the kind of connection it is, once.
    init(timeoutMilliseconds: Int, decide: @escaping (_ isSecure: Bool, any Channel) throws -> Void) {
        timeout = .milliseconds(Int64(timeoutMilliseconds))
        self.decide = decide
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        waiting = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        waiting?.cancel()
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return }
        do {
            try decide(first == 0x16, context.channel)
        } catch {
            context.close(promise: nil)
            return
        }
        context.fireChannelRead(data)
        context.fireChannelReadComplete()
        _ = context.pipeline.syncOperations.removeHandler(context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        waiting?.cancel()
        context.fireChannelInactive()
    }
}

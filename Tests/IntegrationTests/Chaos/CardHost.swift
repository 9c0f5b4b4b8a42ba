import NIOCore
import NIOPosix
import Testing

/// Approves every card authorisation that comes, those of one reading in the reverse order.
final class CardHost: Sendable {
    let port: Int
    private let listener: any Channel

    init(_ chronicle: Chronicle) async throws {
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Approval(chronicle))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = try #require(listener.localAddress?.port)
    }

    func stop() async throws { try await listener.close().get() }

    private final class Approval: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let chronicle: Chronicle
        private var input = ByteBuffer()

        init(_ chronicle: Chronicle) { self.chronicle = chronicle }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            input.writeBuffer(&bytes)
            var answers: [CardMessage] = []
            while var message = CardMessage.read(&input) {
                chronicle.cardArrived(message.reference)
                message.type = message.type == "0200" ? "0210" : "wrong"
                message.code = "00"
                answers.append(message)
            }
            for answer in answers.reversed() { context.write(wrapOutboundOut(answer.frame()), promise: nil) }
            context.flush()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

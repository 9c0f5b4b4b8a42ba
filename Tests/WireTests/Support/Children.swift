import NIOCore
import NIOPosix
import Synchronization

/// A TCP relay whose connections can be cut.
final class Children: Sendable {
    private let channels = Mutex<[any Channel]>([])

    func cut() {
        let all = channels.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in all { channel.close(promise: nil) }
    }

    func listen(to port: Int) async throws -> any Channel {
        try await ServerBootstrap(group: testGroup)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [self] inbound in
                channels.withLock { $0.append(inbound) }
                return ClientBootstrap(group: inbound.eventLoop).connect(host: "127.0.0.1", port: port).flatMap {
                    outbound in
                    inbound.eventLoop.makeCompletedFuture {
                        try inbound.pipeline.syncOperations.addHandler(Relay(outbound))
                        try outbound.pipeline.syncOperations.addHandler(Relay(inbound))
                        inbound.setOption(.autoRead, value: true).whenComplete { _ in }
                    }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let other: any Channel

    init(_ other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }
    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func add() { count.add(1, ordering: .sequentiallyConsistent) }
}

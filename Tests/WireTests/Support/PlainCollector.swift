import NIOCore
import NIOPosix
import Synchronization
import Wire

/// A collector with capabilities of its own: takes everything and acknowledges it at once.
final class PlainCollector: Sendable {
    let submissions = Mutex<[WireSubmission]>([])
    fileprivate let capabilities: WireCapabilities

    init(capabilities: WireCapabilities) { self.capabilities = capabilities }

    func listen() async throws -> any Channel {
        try await ServerBootstrap(group: testGroup)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PlainSession(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

private final class PlainSession: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let collector: PlainCollector
    private var encoder = FrameEncoder(limits: WireLimits(), compression: false)
    private var decoder = FrameDecoder(limits: WireLimits())
    private var received = ByteBuffer()

    init(_ collector: PlainCollector) { self.collector = collector }

    func channelActive(context: ChannelHandlerContext) { encoder.preamble() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        received.writeBuffer(&bytes)
        do {
            while let frame = try next() { answer(frame, context) }
        } catch { context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: encoder.take())), promise: nil)
    }

    private func next() throws -> FrameDecoder.Frame? {
        while true {
            let bytes = Array(received.readableBytesView)
            guard let length = try bytes.withUnsafeBytes({ try decoder.frameLength($0) }), bytes.count >= length else {
                return nil
            }
            received.moveReaderIndex(forwardBy: length)
            let frame = try bytes.withUnsafeBytes { try decoder.next(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
            if let frame { return frame }
        }
    }

    private func answer(_ frame: FrameDecoder.Frame, _ context: ChannelHandlerContext) {
        switch frame {
        case .control(.hello):
            let grant = SessionGrant(storeID: [1], epoch: 1, highestDurableSequence: 0)
            encoder.control(.welcome(grant, SessionLimits(WireLimits(), capabilities: collector.capabilities)))
        case .control(.close): context.close(promise: nil)
        case .submission(let submission):
            collector.submissions.withLock { $0.append(submission) }
            encoder.control(.acknowledge(sequence: submission.sequence, bytes: UInt64(submission.wireBytes)))
        default: break
        }
    }
}

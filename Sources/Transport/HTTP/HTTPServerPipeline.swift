import NIOCore
import NIOHTTP1

/// The handlers of an HTTP/1.1 server connection, in order, after TLS where there is any.
public enum HTTPServerPipeline {
    /// Adds parser, encoder, guard, and NIO's handler that serves pipelined requests one after another. The server's own
    /// handler comes next; it writes a response to each request and need not close or keep the connection itself.
    ///
    /// Call it on the channel's event loop, from a channel initialiser.
    public static func add(
        to channel: any Channel, limits: HTTPLimits, onRefusal: (@Sendable (HTTPRefusal) -> Void)? = nil
    ) throws {
        let requestGuard = HTTPRequestGuard(limits: limits, onRefusal: onRefusal)
        var decoding = NIOHTTPDecoderLimitConfiguration()
        // The guard's own limits are the exact ones and give the better sentence; these bound what is buffered for it.
        decoding.maxHeaderFieldSize = limits.maximumHeaderBytes + limits.maximumURIBytes
        decoding.maxHeaderListSize = limits.maximumHeaderBytes + limits.maximumURIBytes
        decoding.maxHeaderFieldCount = limits.maximumHeaderCount + 1
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: decoding)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([
            HTTPByteObserver(requestGuard), HTTPResponseEncoder(), ByteToMessageHandler(decoder), requestGuard,
            HTTPServerPipelineHandler(),
        ])
    }
}

/// Tells the guard of bytes before the parser has made a request of them: a slow header is seen from its first byte.
final class HTTPByteObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let requestGuard: HTTPRequestGuard

    init(_ requestGuard: HTTPRequestGuard) { self.requestGuard = requestGuard }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        requestGuard.bytesArrived()
        context.fireChannelRead(data)
    }
}

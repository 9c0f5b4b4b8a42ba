import Mesh
import NIOCore
import NIOPosix
import NIOSSL
import Telemetry
import Testing
import Transport

extension ProxyTests {
    /// An answer that ends with its connection is whole only where TLS says that nothing more follows (RFC 8446 §6.1):
    /// else anyone on the way could cut it short.
    @Suite(.serialized)
    struct Truncation {
        /// Answers without a length and ends: in order, or as a connection that was cut.
        private final class Service: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer
            private let isCut: Bool

            init(isCut: Bool) { self.isCut = isCut }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n100 EUR")
                let bound = NIOLoopBound((context, isCut), eventLoop: context.eventLoop)
                context.writeAndFlush(wrapOutboundOut(answer)).whenComplete { _ in
                    let (context, isCut) = bound.value
                    let pipeline = context.pipeline.syncOperations
                    if isCut, let tls = try? pipeline.context(handlerType: NIOSSLServerHandler.self) {
                        // From there on outwards: TLS does not hear of it.
                        tls.close(promise: nil)
                    } else {
                        context.close(promise: nil)
                    }
                }
            }
        }

        private static func answer(isCut: Bool) async throws -> (bytes: String, span: Span?) {
            let certificates = try #require(MutualTLS.certificates)
            let identity = try certificates.identity("ledger")
            let files = TLSFiles(
                certificateChain: identity.certificateChain, privateKey: identity.privateKey, roots: identity.roots)
            let tls = try TLS.serverContext(files)
            let service = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handlers = try TLS.serverHandlers(context: tls, verifying: .anyIn("bank.test"))
                        try channel.pipeline.syncOperations.addHandlers(handlers + [Service(isCut: isCut)])
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            var configuration = TestProxy.configuration([try #require(service.localAddress?.port)]) {
                $0.tls = PeerExpectation(spiffeID: identity.spiffeID)
            }
            configuration.identity = try certificates.identity("payments")
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            try client.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            let bytes = String(decoding: try client.readToEnd(), as: UTF8.self)
            let span = try await proxy.sink.spans(1).first
            try await service.close().get()
            try await proxy.stop()
            return (bytes, span)
        }

        @Test func anAnswerThatWasCutIsNotPassedOffAsWhole() async throws {
            let (bytes, span) = try await Self.answer(isCut: true)
            #expect(bytes.contains("100 EUR") && !bytes.hasSuffix("0\r\n\r\n"))
            #expect(span?.text("waybill.response_flags") == "UC")
        }

        @Test func anAnswerThatEndedInOrderIsWhole() async throws {
            let (bytes, span) = try await Self.answer(isCut: false)
            #expect(bytes.contains("100 EUR") && bytes.hasSuffix("0\r\n\r\n"))
            #expect(span?.text("waybill.response_flags") == nil)
        }
    }
}

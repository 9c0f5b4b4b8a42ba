import NIOCore
import NIOEmbedded
import NIOSSL
import Testing
import Transport

/// Why a handshake failed is told in words, not in BoringSSL's.
@Suite struct HandshakeFailureTests {
    private static let caller = "spiffe://bank.example/payments"
    private static let callee = "spiffe://bank.example/ledger"

    private func server(_ files: TLSFiles, verifying rule: PeerRule) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers(
            TLS.serverHandlers(context: try TLS.serverContext(files), verifying: rule))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func client(_ configuration: TLSConfiguration) throws -> EmbeddedChannel {
        let context = try NIOSSLContext(configuration: configuration)
        let channel = EmbeddedChannel(handler: try NIOSSLClientHandler(context: context, serverHostname: nil))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func client(_ files: TLSFiles, verifying rule: PeerRule) throws -> EmbeddedChannel {
        let context = try TLS.clientContext(files)
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers(TLS.clientHandlers(context: context, verifying: rule))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    /// Carries bytes to and fro until nothing moves, and gives what the server failed with.
    private func meet(_ client: EmbeddedChannel, _ server: EmbeddedChannel) throws -> String? {
        var failure: (any Error)?
        var moves = true
        while moves {
            moves = false
            while let bytes = try client.readOutbound(as: ByteBuffer.self) {
                moves = true
                do { try server.writeInbound(bytes) } catch { failure = failure ?? error }
            }
            while let bytes = try server.readOutbound(as: ByteBuffer.self) {
                moves = true
                _ = try? client.writeInbound(bytes)
            }
        }
        _ = try? client.finish(acceptAlreadyClosed: true)
        _ = try? server.finish(acceptAlreadyClosed: true)
        return failure.flatMap(HandshakeFailure.clause)
    }

    @Test func plainHTTP() throws {
        let authority = try TestAuthority()
        let server = try server(try authority.issue(.workload(Self.callee)), verifying: .anyIn("bank.example"))
        var clause: String?
        do {
            try server.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nhost: ledger\r\n\r\n"))
        } catch {
            clause = HandshakeFailure.clause(error)
        }
        #expect(clause == "the other side spoke HTTP without TLS")
        _ = try? server.finish(acceptAlreadyClosed: true)
    }

    @Test func somethingElse() throws {
        let authority = try TestAuthority()
        let server = try server(try authority.issue(.workload(Self.callee)), verifying: .anyIn("bank.example"))
        var clause: String?
        do {
            try server.writeInbound(ByteBuffer(string: "0200B220000000100000"))
        } catch {
            clause = HandshakeFailure.clause(error)
        }
        #expect(clause == "the other side spoke something else than TLS")
        _ = try? server.finish(acceptAlreadyClosed: true)
    }

    @Test func noCertificate() throws {
        let authority = try TestAuthority()
        let server = try server(try authority.issue(.workload(Self.callee)), verifying: .anyIn("bank.example"))
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        let clause = try meet(try client(configuration), server)
        #expect(clause == "the other side showed no certificate")
    }

    @Test func aCertificateThatIsOver() throws {
        let authority = try TestAuthority()
        let server = try server(try authority.issue(.workload(Self.callee)), verifying: .anyIn("bank.example"))
        let client = try client(try authority.issue(.expired(Self.caller)), verifying: .anyIn("bank.example"))
        let clause = try meet(client, server)
        #expect(
            clause == "the other side's certificate has ended, is not valid yet, or does not lead to a root known here")
    }

    @Test func otherErrorsAreNone() {
        #expect(HandshakeFailure.clause(ChannelError.eof) == nil)
        #expect(HandshakeFailure.clause(NIOSSLError.uncleanShutdown) == nil)
        #expect(
            HandshakeFailure.clause(NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])))
                == "the other side closed the connection")
        #expect(HandshakeFailure.clause(PeerError.isAuthority) == PeerError.isAuthority.description)
    }
}

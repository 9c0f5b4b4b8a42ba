import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing
import Transport

@Suite struct TLSTests {
    /// What one handshake came to, seen from the client: its error, or the byte that the server echoes.
    private struct Meeting {
        var echoed: Bool
        var clientError: String?
        var serverError: String?
        var clientSees: SPIFFEID?
        var serverSees: SPIFFEID?
    }

    private final class Witness: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let error = Mutex<String?>(nil)
        let principal = Mutex<SPIFFEID?>(nil)
        let echoes: Bool
        let received: EventLoopPromise<Void>?

        init(echoes: Bool, received: EventLoopPromise<Void>? = nil) {
            self.echoes = echoes
            self.received = received
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let peer = peerPrincipal(of: context.channel)
            principal.withLock { $0 = peer }
            if echoes { context.writeAndFlush(data, promise: nil) }
            received?.succeed()
        }

        func channelInactive(context: ChannelHandlerContext) { received?.fail(ChannelError.eof) }

        func errorCaught(context: ChannelHandlerContext, error caught: any Error) {
            error.withLock { if $0 == nil { $0 = "\(caught)" } }
            context.close(promise: nil)
        }
    }

    private func meet(
        server: TLSFiles, client: TLSFiles, serverRule: PeerRule, clientRule: PeerRule
    ) async throws -> Meeting {
        let group = MultiThreadedEventLoopGroup.singleton
        let serverContext = try TLS.serverContext(server)
        let clientContext = try TLS.clientContext(client)
        let serverWitness = Witness(echoes: true)
        let listener = try await ServerListener.bind("test", host: "127.0.0.1", port: 0, group: group) { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandlers(TLS.serverHandlers(context: serverContext, verifying: serverRule))
                try pipeline.addHandler(serverWitness)
            }
        }
        let received = group.any().makePromise(of: Void.self)
        let clientWitness = Witness(echoes: false, received: received)
        let port = try #require(listener.localAddress?.port)
        let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandlers(TLS.clientHandlers(context: clientContext, verifying: clientRule))
                try pipeline.addHandler(clientWitness)
            }
        }.connect(host: "127.0.0.1", port: port).get()
        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        var echoed = true
        do { try await received.futureResult.get() } catch { echoed = false }
        // The other side's own view of a refusal arrives on its own time.
        for _ in 0..<2_000
        where !echoed && serverWitness.error.withLock({ $0 }) == nil && clientWitness.error.withLock({ $0 }) == nil {
            try await Task.sleep(for: .milliseconds(10))
        }
        channel.close(promise: nil)
        try await listener.close()
        return Meeting(
            echoed: echoed, clientError: clientWitness.error.withLock { $0 },
            serverError: serverWitness.error.withLock { $0 },
            clientSees: clientWitness.principal.withLock { $0 }, serverSees: serverWitness.principal.withLock { $0 })
    }

    private static let ledger = "spiffe://bank.example/ns/core/sa/ledger"
    private static let payments = "spiffe://bank.example/ns/core/sa/payments"

    @Test func twoWorkloadsKnowEachOther() async throws {
        let authority = try TestAuthority()
        let meeting = try await meet(
            server: try authority.issue(.workload(Self.ledger)), client: try authority.issue(.workload(Self.payments)),
            serverRule: .anyIn("bank.example"), clientRule: .exactly(try SPIFFEID(Self.ledger)))
        #expect(meeting.echoed)
        #expect(meeting.clientError == nil && meeting.serverError == nil)
        #expect(meeting.clientSees?.description == Self.ledger)
        #expect(meeting.serverSees?.description == Self.payments)
    }

    @Test func aClientIsRefusedForWhatItsCertificateSays() async throws {
        let authority = try TestAuthority()
        let server = try authority.issue(.workload(Self.ledger))
        let cases: [(TestAuthority.Leaf, PeerRule, String)] = [
            (.workload("spiffe://evil.example/a"), .anyIn("bank.example"), "the peer is spiffe://evil.example/a"),
            (.workload(Self.payments), .exactly(try SPIFFEID(Self.ledger)), "expected is \(Self.ledger)"),
            (.workload("spiffe://bank.example"), .anyIn("bank.example"), "the peer is spiffe://bank.example;"),
            (.uris([]), .anyIn("bank.example"), "has 0 URI names"),
            (.uris([Self.payments, Self.ledger]), .anyIn("bank.example"), "has 2 URI names"),
            (.workload("https://bank.example/a"), .anyIn("bank.example"), "does not name a workload"),
            (.authority(Self.payments), .anyIn("bank.example"), "is an authority's"),
            (.signingKeyUsage(Self.payments), .anyIn("bank.example"), "is an authority's"),
        ]
        for (leaf, rule, sentence) in cases {
            let meeting = try await meet(
                server: server, client: try authority.issue(leaf), serverRule: rule,
                clientRule: .exactly(try SPIFFEID(Self.ledger)))
            #expect(!meeting.echoed, "\(leaf)")
            #expect(meeting.serverSees == nil, "\(leaf)")
            #expect(meeting.serverError?.contains(sentence) == true, "\(leaf): \(meeting.serverError ?? "no error")")
        }
    }

    @Test func aServerIsRefusedForWhatItsCertificateSays() async throws {
        let authority = try TestAuthority()
        let meeting = try await meet(
            server: try authority.issue(.workload(Self.ledger)), client: try authority.issue(.workload(Self.payments)),
            serverRule: .anyIn("bank.example"), clientRule: .exactly(try SPIFFEID("spiffe://bank.example/other")))
        #expect(!meeting.echoed)
        #expect(meeting.clientError?.contains("the peer is \(Self.ledger)") == true, "\(meeting.clientError ?? "")")
        #expect(meeting.clientSees == nil)
    }

    @Test func chainsOfOthersAndOldOnesAreRefused() async throws {
        let authority = try TestAuthority()
        let stranger = try TestAuthority()
        let server = try authority.issue(.workload(Self.ledger))
        var foreign = try stranger.issue(.workload(Self.payments))
        foreign.roots = authority.roots
        for client in [foreign, try authority.issue(.expired(Self.payments))] {
            let meeting = try await meet(
                server: server, client: client, serverRule: .anyIn("bank.example"),
                clientRule: .exactly(try SPIFFEID(Self.ledger)))
            #expect(!meeting.echoed)
            #expect(meeting.serverSees == nil)
            #expect(meeting.serverError != nil)
        }
    }

    @Test func filesThatAreWrongAreNamedAndNotShown() throws {
        let authority = try TestAuthority()
        let good = try authority.issue(.workload(Self.ledger))
        let other = try authority.issue(.workload(Self.payments))
        let junk = "\(authority.directory)/junk.pem"
        try "-----BEGIN SECRET-----\nhunter2\n".write(toFile: junk, atomically: false, encoding: .utf8)
        func error(_ change: (inout TLSFiles) -> Void) -> TLSFileError? {
            var files = good
            change(&files)
            return #expect(throws: TLSFileError.self) { try TLS.serverContext(files) }
        }
        #expect(
            error { $0.certificateChain = "/nowhere.pem" }?.description
                == "cannot read /nowhere.pem: No such file or directory")
        #expect(error { $0.privateKey = junk }?.description == "\(junk) does not hold a private key in PEM form")
        #expect(error { $0.certificateChain = junk }?.code == .notCertificates)
        #expect(error { $0.roots = junk }?.path == junk)
        let mismatch = error { $0.privateKey = other.privateKey }
        #expect(mismatch?.code == .notAccepted)
        #expect(mismatch?.description.contains("do not fit together") == true)
    }
}

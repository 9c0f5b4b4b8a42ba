import NIOCore
import NIOSSL

/// How long the other end of a connection may be trusted: what a long-lived connection is held against after its
/// handshake.
public struct PeerStanding: Sendable {
    /// `nil` for a connection that shows no certificate, or one that no list can name.
    public var certificate: CertificateName?
    /// Unix seconds after which it is not taken any more.
    public var notAfter: Int64

    public init(certificate: CertificateName?, notAfter: Int64) {
        self.certificate = certificate
        self.notAfter = notAfter
    }

    /// Of the certificate shown in the handshake; `nil` on plain connections and before the handshake ends.
    ///
    /// Call it on the channel's event loop, and keep the answer: it reads the certificate each time.
    public init?(of channel: any Channel) {
        guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
            let bytes = try? certificate.toDERBytes()
        else { return nil }
        self.init(certificate: CertificateName(certificate: bytes), notAfter: Int64(certificate.notValidAfter))
    }
}

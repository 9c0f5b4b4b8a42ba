import NIOCore
import NIOSSL

/// Who the other end of a connection has proved to be, as it is told to others.
public struct PeerDescription: Sendable {
    public var id: SPIFFEID
    /// SHA-256 of the certificate, in hexadecimal digits.
    public var fingerprint: String
    /// The certificate's subject as RFC 4514 writes it; empty where it has none, as SVIDs may.
    public var subject: String

    /// `nil` on plain connections and before the handshake ends.
    ///
    /// Call it on the channel's event loop, and keep the answer: it reads the certificate each time.
    public init?(of channel: any Channel) {
        guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
            let id = try? PeerCertificate.identity(of: certificate), let bytes = try? certificate.toDERBytes()
        else { return nil }
        self.id = id
        let digits = Array("0123456789abcdef".utf8)
        fingerprint = String(
            decoding: BoringSSL.sha256(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
        subject = CertificateFields(bytes).map { DistinguishedName.text($0.subject) } ?? ""
    }
}

import NIOCore
import NIOSSL

/// Who is on the other end, as verified by the handshake; `nil` on plain connections and before the handshake ends.
///
/// Call it on the channel's event loop, and keep the answer: it reads the certificate each time.
public func peerPrincipal(of channel: any Channel) -> SPIFFEID? {
    guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate() else { return nil }
    return try? PeerCertificate.identity(of: certificate)
}

/// Why a peer's certificate, although its chain is good, is not taken.
public enum PeerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An SVID has exactly one URI among its subject alternative names (X509-SVID §2).
    case uriCount(Int)
    case notSPIFFE(SPIFFEIDError)
    /// A signing certificate used as a leaf (X509-SVID §4.1, §4.3).
    case isAuthority
    case notAdmitted(SPIFFEID, PeerRule)
    /// Its authority has taken back the peer's certificate, or that of an authority between; with its holder's name.
    case revoked(String)
    /// A certificate of the chain is not known, or is one that no revocation list can name.
    case nameless
    case noCertificate

    public var description: String {
        switch self {
        case .uriCount(let count):
            "the peer's certificate has \(count) URI names; exactly one SPIFFE id is expected"
        case .notSPIFFE(let error): "the peer's certificate does not name a workload: \(error)"
        case .isAuthority: "the peer's certificate is an authority's, not a workload's"
        case .notAdmitted(let id, let rule): "the peer is \(id); expected is \(rule)"
        case .revoked(let holder): "the certificate of \(holder) is revoked"
        case .nameless: "a certificate of the peer's chain cannot be compared with the revocation lists"
        case .noCertificate: "the peer has shown no certificate"
        }
    }
}

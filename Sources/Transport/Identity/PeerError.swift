/// Why a peer's certificate, although its chain is good, is not taken.
public enum PeerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An SVID has exactly one URI among its subject alternative names (X509-SVID §2).
    case uriCount(Int)
    case notSPIFFE(SPIFFEIDError)
    /// A signing certificate used as a leaf (X509-SVID §4.1, §4.3).
    case isAuthority
    case notAdmitted(SPIFFEID, PeerRule)
    /// Its authority has taken the certificate back.
    case revoked(SPIFFEID)

    public var description: String {
        switch self {
        case .uriCount(let count):
            "the peer's certificate has \(count) URI names; exactly one SPIFFE id is expected"
        case .notSPIFFE(let error): "the peer's certificate does not name a workload: \(error)"
        case .isAuthority: "the peer's certificate is an authority's, not a workload's"
        case .notAdmitted(let id, let rule): "the peer is \(id); expected is \(rule)"
        case .revoked(let id): "the certificate of \(id) is revoked"
        }
    }
}

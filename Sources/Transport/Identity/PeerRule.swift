/// Which peers may be on the other end of a mutual TLS connection, after their chain has been verified.
public enum PeerRule: Sendable, Hashable {
    /// Any workload of the trust domain.
    case anyIn(String)
    case exactly(SPIFFEID)
    case oneOf(Set<SPIFFEID>)

    public func admits(_ peer: SPIFFEID) -> Bool {
        switch self {
        case .anyIn(let trustDomain): peer.trustDomain == trustDomain && !peer.path.isEmpty
        case .exactly(let id): peer == id
        case .oneOf(let ids): ids.contains(peer)
        }
    }
}

extension PeerRule: CustomStringConvertible {
    public var description: String {
        switch self {
        case .anyIn(let trustDomain): "anyone in the trust domain \(trustDomain)"
        case .exactly(let id): id.description
        case .oneOf(let ids): "one of \(ids.map(\.description).sorted().joined(separator: ", "))"
        }
    }
}

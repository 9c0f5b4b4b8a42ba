/// Who is on the other end of a connection.
public struct GRPCPeer: Sendable, Hashable {
    /// The address without its port.
    public var address: String
    /// As the TLS handshake verified it; `nil` on plain connections.
    public var identity: SPIFFEID?

    public init(address: String, identity: SPIFFEID? = nil) {
        self.address = address
        self.identity = identity
    }
}

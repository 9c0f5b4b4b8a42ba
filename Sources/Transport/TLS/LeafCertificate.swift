/// What a program's own certificate says of it, before it is shown to anyone.
public struct LeafCertificate: Sendable, Hashable {
    /// `nil` when it does not name exactly one workload.
    public var spiffeID: SPIFFEID?
    /// Unix seconds: valid from then on.
    public var notBefore: Int64
    /// Unix seconds: valid until then.
    public var notAfter: Int64
}

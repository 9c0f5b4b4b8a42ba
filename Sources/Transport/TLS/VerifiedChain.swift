/// What a handshake has verified between a peer and the root that it is trusted for.
package struct VerifiedChain: Sendable {
    /// SHA-256 of the certificate that was trusted as it is; `nil` when it is not known.
    var anchor: [UInt8]?
    /// Below the trust anchor, down to the peer's own.
    var certificates: [CertificateName] = []

    package init() {}
}

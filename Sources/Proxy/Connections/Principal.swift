import Transport

/// Who is at the other end of a connection; `none` on plain connections.
struct Principal: Sendable {
    static let none = Principal(text: "")

    let text: String
    let bytes: [UInt8]
    /// What `x-forwarded-client-cert` says of it, in Envoy's form: `Hash=…;Subject="…";URI=…`.
    let forwarded: [UInt8]

    /// Known by name alone.
    init(text: String) {
        self.text = text
        bytes = Array(text.utf8)
        forwarded = []
    }

    /// Proved by a certificate.
    init(_ peer: PeerDescription) {
        text = peer.id.description
        bytes = Array(text.utf8)
        // The subject has no quotation mark: RFC 4514 lets them be written in hexadecimal digits.
        forwarded = Array("Hash=\(peer.fingerprint);Subject=\"\(peer.subject)\";URI=\(text)".utf8)
    }
}

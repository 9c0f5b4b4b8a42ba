import NIOSSL

/// What a revocation list calls a certificate: its issuer's name and its serial number (RFC 5280 §5.1.2.6).
public struct CertificateName: Sendable, Hashable {
    /// DER.
    let issuer: [UInt8]
    /// Content of the INTEGER.
    let serial: [UInt8]

    /// `TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, … }` (RFC 5280 §4.1).
    init?(certificate der: [UInt8]) {
        var outer = DER(der[...])
        guard let certificate = outer.next(DER.sequence) else { return nil }
        var inner = DER(certificate.content)
        guard let body = inner.next(DER.sequence) else { return nil }
        var fields = DER(body.content)
        if fields.nextTag == 0xA0 { _ = fields.next() }
        guard let serial = fields.next(DER.integer), fields.next(DER.sequence) != nil,
            let issuer = fields.next(DER.sequence)
        else { return nil }
        self.init(issuer: Array(issuer.whole), serial: Array(serial.content))
    }

    init(issuer: [UInt8], serial: [UInt8]) {
        self.issuer = issuer
        self.serial = serial
    }
}

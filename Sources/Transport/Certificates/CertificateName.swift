/// What a revocation list calls a certificate: its issuer's name and its serial number (RFC 5280 §5.1.2.6).
public struct CertificateName: Sendable, Hashable {
    /// DER.
    let issuer: [UInt8]
    let serial: SerialNumber

    /// `TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, … }` (RFC 5280 §4.1).
    init?(certificate der: [UInt8]) {
        guard let fields = CertificateFields(der) else { return nil }
        self.init(fields)
    }

    init?(_ fields: CertificateFields) {
        guard let serial = SerialNumber(fields.serial) else { return nil }
        issuer = Array(fields.issuer)
        self.serial = serial
    }
}

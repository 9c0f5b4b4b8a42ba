/// What is read of a certificate here (RFC 5280 §4.1): its names, its key, its signature, and whether it may sign.
///
/// Chains of peers are verified by the TLS library; this serves revocation lists and descriptions.
struct CertificateFields {
    var serial: ArraySlice<UInt8>
    /// The whole Name.
    var issuer: ArraySlice<UInt8>
    var subject: ArraySlice<UInt8>
    /// The whole SubjectPublicKeyInfo.
    var publicKey: ArraySlice<UInt8>
    var signed: ArraySlice<UInt8>
    var algorithm: ArraySlice<UInt8>
    var signature: ArraySlice<UInt8>
    /// Basic constraints say so.
    var isAuthority = false
    /// What key usage says; `nil` where there is none.
    var signsCertificates: Bool?
    var signsRevocationLists: Bool?

    static let maximumExtensions = 64

    /// `nil` for bytes that are no certificate.
    init?(_ der: [UInt8]) {
        var outer = DER(der[...])
        guard let certificate = outer.next(DER.sequence), outer.isAtEnd else { return nil }
        var parts = DER(certificate.content)
        guard let body = parts.next(DER.sequence), let algorithm = parts.next(DER.sequence),
            let bits = parts.next(DER.bitString), parts.isAtEnd, let signature = DER.wholeBits(bits.content)
        else { return nil }
        var fields = DER(body.content)
        if fields.nextTag == DER.context(0) { _ = fields.next() }
        guard let serial = fields.next(DER.integer), let inner = fields.next(DER.sequence),
            inner.content == algorithm.content, let issuer = fields.next(DER.sequence),
            fields.next(DER.sequence) != nil, let subject = fields.next(DER.sequence),
            let key = fields.next(DER.sequence)
        else { return nil }
        self.serial = serial.content
        self.issuer = issuer.whole
        self.subject = subject.whole
        publicKey = key.whole
        signed = body.whole
        self.algorithm = algorithm.content
        self.signature = signature
        while let element = fields.next() {
            if element.tag == DER.context(3), !readExtensions(element.content) { return nil }
        }
        guard fields.isAtEnd else { return nil }
    }

    private mutating func readExtensions(_ content: ArraySlice<UInt8>) -> Bool {
        guard let extensions = CertificateExtension.list(content, maximumCount: Self.maximumExtensions) else {
            return false
        }
        for item in extensions {
            if item.identifier.elementsEqual(CertificateExtension.basicConstraints) {
                var outer = DER(item.value)
                guard let constraints = outer.next(DER.sequence) else { return false }
                var fields = DER(constraints.content)
                isAuthority = fields.next(DER.boolean).map { $0.content.first == 0xFF } ?? false
            } else if item.identifier.elementsEqual(CertificateExtension.keyUsage) {
                var outer = DER(item.value)
                guard let bits = outer.next(DER.bitString), bits.content.count >= 2 else { return false }
                let first = bits.content[bits.content.startIndex + 1]
                signsCertificates = first & 0b0000_0100 != 0
                signsRevocationLists = first & 0b0000_0010 != 0
            }
        }
        return true
    }
}

/// One revocation list as its bytes have it (RFC 5280 §5.1), before anyone has vouched for it.
struct SignedRevocationList {
    /// The whole Name.
    var issuer: ArraySlice<UInt8>
    /// Unix seconds.
    var thisUpdate: Int64
    /// When the next list is due at the latest; `nil` where the authority does not say.
    var nextUpdate: Int64?
    var revoked: [SerialNumber] = []
    var signed: ArraySlice<UInt8>
    var algorithm: SignatureAlgorithm
    var signature: ArraySlice<UInt8>

    static let maximumEntries = 1_000_000
    static let maximumExtensions = 32

    /// Why bytes are no list that is taken.
    struct Fault: Error {
        var sentence: String

        static func expected(_ what: String, _ reader: DER) -> Fault {
            Fault(
                sentence: "is not a revocation list (RFC 5280 §5): expected \(what) at byte \(reader.offset)")
        }
    }

    static func read(_ der: [UInt8]) throws(Fault) -> SignedRevocationList {
        var outer = DER(der[...])
        guard let whole = outer.next(DER.sequence) else { throw .expected("a CertificateList", outer) }
        guard outer.isAtEnd else { throw .expected("the end of the list", outer) }
        var parts = DER(whole.content)
        guard let body = parts.next(DER.sequence) else { throw .expected("a TBSCertList", parts) }
        guard let identifier = parts.next(DER.sequence) else { throw .expected("the signature's algorithm", parts) }
        guard let bits = parts.next(DER.bitString), parts.isAtEnd, let signature = DER.wholeBits(bits.content) else {
            throw .expected("the signature", parts)
        }
        guard let algorithm = SignatureAlgorithm(identifier.content) else {
            throw Fault(sentence: "is signed in a way that is not taken; taken are \(SignatureAlgorithm.names)")
        }
        var fields = DER(body.content)
        // Version 1 says nothing; version 2 is written 1.
        var hasExtensions = false
        if fields.nextTag == DER.integer {
            guard fields.next()?.content == [1] else { throw .expected("version 2", fields) }
            hasExtensions = true
        }
        guard fields.next(DER.sequence)?.content == identifier.content else {
            throw .expected("the same algorithm as the signature's", fields)
        }
        guard let issuer = fields.next(DER.sequence) else { throw .expected("the issuer's name", fields) }
        guard let thisUpdate = fields.time() else { throw .expected("the time thisUpdate", fields) }
        var list = SignedRevocationList(
            issuer: issuer.whole, thisUpdate: thisUpdate, signed: body.whole, algorithm: algorithm,
            signature: signature)
        if fields.isAtTime {
            guard let next = fields.time() else { throw .expected("the time nextUpdate", fields) }
            list.nextUpdate = next
        }
        if fields.nextTag == DER.sequence {
            guard let entries = fields.next() else { throw .expected("revokedCertificates", fields) }
            try list.readEntries(entries.content)
        }
        if hasExtensions, fields.nextTag == DER.context(0) {
            guard let extensions = fields.next() else { throw .expected("crlExtensions", fields) }
            try checkExtensions(extensions.content)
        }
        guard fields.isAtEnd else { throw .expected("the end of the TBSCertList", fields) }
        return list
    }

    private mutating func readEntries(_ content: ArraySlice<UInt8>) throws(Fault) {
        var rest = DER(content)
        while !rest.isAtEnd {
            guard revoked.count < Self.maximumEntries else {
                throw Fault(sentence: "names more than \(Self.maximumEntries) certificates")
            }
            guard let entry = rest.next(DER.sequence) else { throw .expected("a revoked certificate", rest) }
            var parts = DER(entry.content)
            guard let element = parts.next(DER.integer), let serial = SerialNumber(element.content) else {
                throw .expected("a serial number of 1 to \(SerialNumber.maximumBytes) bytes", parts)
            }
            guard parts.time() != nil else { throw .expected("the time of a revocation", parts) }
            if !parts.isAtEnd { try Self.checkEntryExtensions(parts) }
            revoked.append(serial)
        }
    }

    /// A certificate of another issuer makes the list an indirect one; what else is critical is not known here.
    private static func checkEntryExtensions(_ parts: DER) throws(Fault) {
        var parts = parts
        guard let element = parts.next(DER.sequence), parts.isAtEnd,
            let extensions = CertificateExtension.list(element.whole, maximumCount: maximumExtensions)
        else { throw .expected("extensions of a revoked certificate", parts) }
        for item in extensions where item.isCritical || item.identifier == CertificateExtension.certificateIssuer[...] {
            if item.identifier == CertificateExtension.certificateIssuer[...] { throw indirect }
            throw Fault(sentence: "has an entry with the critical extension \(item.name), which is not known")
        }
    }

    private static let indirect = Fault(
        sentence: "is an indirect list, which names certificates of other authorities; those are not taken")

    private static func checkExtensions(_ content: ArraySlice<UInt8>) throws(Fault) {
        guard let extensions = CertificateExtension.list(content, maximumCount: maximumExtensions) else {
            throw .expected("at most \(maximumExtensions) extensions", DER(content))
        }
        for item in extensions {
            if item.identifier == CertificateExtension.deltaListIndicator[...] {
                throw Fault(sentence: "is a delta list, which says only what has changed; whole lists are taken")
            }
            if item.identifier == CertificateExtension.issuingDistributionPoint[...] {
                try checkScope(item.value)
            } else if item.isCritical, item.identifier != CertificateExtension.authorityKeyIdentifier[...] {
                throw Fault(sentence: "has the critical extension \(item.name), which is not known")
            }
        }
    }

    /// `IssuingDistributionPoint` (RFC 5280 §5.2.5): a list of all certificates, of those of workloads or of those of
    /// authorities, for all reasons, and its issuer's own.
    private static func checkScope(_ value: ArraySlice<UInt8>) throws(Fault) {
        var outer = DER(value)
        guard let point = outer.next(DER.sequence), outer.isAtEnd else {
            throw .expected("an issuing distribution point", outer)
        }
        var fields = DER(point.content)
        while !fields.isAtEnd {
            guard let field = fields.next() else { throw .expected("a field of the distribution point", fields) }
            switch field.tag {
            case DER.context(0), DER.context(1, constructed: false), DER.context(2, constructed: false): break
            case DER.context(3, constructed: false):
                throw Fault(sentence: "is for some reasons of revocation only; lists for all of them are taken")
            case DER.context(4, constructed: false): throw indirect
            default:
                throw Fault(sentence: "is for attributes only; lists for certificates are taken")
            }
        }
    }
}

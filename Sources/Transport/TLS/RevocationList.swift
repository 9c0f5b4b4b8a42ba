/// The certificates that their authorities have taken back, from a file of revocation lists (RFC 5280 §5), PEM or DER.
///
/// The file is the operator's and trusted as the file of roots is: signatures in it are not checked, and a list that
/// is out of date still names what it names.
public struct RevocationList: Sendable, Hashable {
    public static let maximumBytes = 64 << 20

    private var revoked: Set<CertificateName> = []

    public init() {}

    public var count: Int { revoked.count }

    public func contains(_ name: CertificateName) -> Bool { revoked.contains(name) }

    /// - Parameter path: For the sentence of a refusal.
    public init(_ bytes: [UInt8], path: String) throws(TLSFileError) {
        let lists = bytes.first == DER.sequence ? [bytes] : try PEM.blocks("X509 CRL", in: bytes, path: path)
        guard !lists.isEmpty else {
            throw TLSFileError(
                .notRevocationList, path: path, "\(path) does not hold revocation lists in PEM or DER form")
        }
        for (index, list) in lists.enumerated() {
            guard let names = Self.names(in: list) else {
                throw TLSFileError(
                    .notRevocationList, path: path,
                    "list \(index + 1) in \(path) is not a revocation list (RFC 5280 §5)")
            }
            revoked.formUnion(names)
        }
    }

    public static func read(_ path: String) throws(TLSFileError) -> RevocationList {
        try RevocationList(try FileBytes.read(path, maximumBytes: maximumBytes), path: path)
    }

    /// `TBSCertList ::= SEQUENCE { version OPTIONAL, signature, issuer, thisUpdate, nextUpdate OPTIONAL,
    /// revokedCertificates SEQUENCE OF SEQUENCE { serial, … } OPTIONAL, … }`
    private static func names(in list: [UInt8]) -> [CertificateName]? {
        var outer = DER(list[...])
        guard let whole = outer.next(DER.sequence), outer.isAtEnd else { return nil }
        var signed = DER(whole.content)
        guard let body = signed.next(DER.sequence), signed.next(DER.sequence) != nil, signed.next() != nil,
            signed.isAtEnd
        else { return nil }
        var fields = DER(body.content)
        if fields.nextTag == DER.integer { _ = fields.next() }
        guard fields.next(DER.sequence) != nil, let issuer = fields.next(DER.sequence), isTime(fields.nextTag),
            fields.next() != nil
        else { return nil }
        if isTime(fields.nextTag) { _ = fields.next() }
        var names: [CertificateName] = []
        guard fields.nextTag == DER.sequence else { return names }
        guard let entries = fields.next() else { return nil }
        let name = Array(issuer.whole)
        var rest = DER(entries.content)
        while !rest.isAtEnd {
            guard let entry = rest.next(DER.sequence) else { return nil }
            var parts = DER(entry.content)
            guard let serial = parts.next(DER.integer), isTime(parts.nextTag) else { return nil }
            names.append(CertificateName(issuer: name, serial: Array(serial.content)))
        }
        return names
    }

    private static func isTime(_ tag: UInt8?) -> Bool { tag == DER.utcTime || tag == DER.generalizedTime }
}

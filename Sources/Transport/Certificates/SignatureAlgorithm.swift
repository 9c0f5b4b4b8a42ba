/// How certificates and revocation lists may be signed (RFC 5758 §3.2, RFC 4055 §5, RFC 8410 §3). SHA-1 and shorter
/// digests can be forged and are not among them.
enum SignatureAlgorithm: CaseIterable {
    case ecdsaSHA256
    case ecdsaSHA384
    case ecdsaSHA512
    case rsaSHA256
    case rsaSHA384
    case rsaSHA512
    case ed25519

    enum Family {
        case ecdsa
        case rsa
        case ed25519
    }

    var family: Family {
        switch self {
        case .ecdsaSHA256, .ecdsaSHA384, .ecdsaSHA512: .ecdsa
        case .rsaSHA256, .rsaSHA384, .rsaSHA512: .rsa
        case .ed25519: .ed25519
        }
    }

    /// `nil` for any other. `identifier` is the content of an AlgorithmIdentifier.
    init?(_ identifier: ArraySlice<UInt8>) {
        guard let known = Self.allCases.first(where: { identifier.elementsEqual($0.identifier) }) else { return nil }
        self = known
    }

    /// RSA's identifiers carry a NULL, the others nothing.
    private var identifier: [UInt8] {
        switch self {
        case .ecdsaSHA256: Self.ecdsa + [0x02]
        case .ecdsaSHA384: Self.ecdsa + [0x03]
        case .ecdsaSHA512: Self.ecdsa + [0x04]
        case .rsaSHA256: Self.rsa + [0x0B, 0x05, 0x00]
        case .rsaSHA384: Self.rsa + [0x0C, 0x05, 0x00]
        case .rsaSHA512: Self.rsa + [0x0D, 0x05, 0x00]
        case .ed25519: [0x06, 0x03, 0x2B, 0x65, 0x70]
        }
    }

    /// 1.2.840.10045.4.3
    private static let ecdsa: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03]
    /// 1.2.840.113549.1.1
    private static let rsa: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01]

    static let names = "ECDSA or RSA (PKCS #1) with SHA-256, SHA-384 or SHA-512, or Ed25519"
}

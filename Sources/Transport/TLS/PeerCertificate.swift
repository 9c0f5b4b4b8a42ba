import NIOSSL

/// Reads a workload's identity from a certificate whose chain has been verified (X509-SVID §4 and §5.2).
enum PeerCertificate {
    static func identity(of certificate: NIOSSLCertificate) throws(PeerError) -> SPIFFEID {
        var uris: [String] = []
        for name in certificate._subjectAlternativeNames() where name.nameType == .uri {
            uris.append(String(decoding: name.contents, as: UTF8.self))
        }
        guard uris.count == 1 else { throw .uriCount(uris.count) }
        guard !isAuthority(certificate) else { throw .isAuthority }
        do {
            return try SPIFFEID(uris[0])
        } catch {
            throw .notSPIFFE(error)
        }
    }

    /// Whether basic constraints say CA, or key usage allows signing certificates or revocation lists.
    private static func isAuthority(_ certificate: NIOSSLCertificate) -> Bool {
        for item in certificate._extensions {
            let bytes = item.data.withUnsafeBytes { Array($0) }
            if item.objectIdentifier == basicConstraints, saysAuthority(bytes) { return true }
            if item.objectIdentifier == keyUsage, allowsSigning(bytes) { return true }
        }
        return false
    }

    private static let basicConstraints = NIOSSLObjectIdentifier("2.5.29.19")!
    private static let keyUsage = NIOSSLObjectIdentifier("2.5.29.15")!

    /// `SEQUENCE { cA BOOLEAN DEFAULT FALSE, … }` (RFC 5280 §4.2.1.9); what is not that shape counts as an authority.
    private static func saysAuthority(_ der: [UInt8]) -> Bool {
        guard der.count >= 2, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return true }
        if der.count == 2 { return false }
        guard der.count >= 5, der[2] == 0x01, der[3] == 0x01 else { return true }
        return der[4] != 0
    }

    /// Bits 5 (keyCertSign) and 6 (cRLSign) of a BIT STRING (RFC 5280 §4.2.1.3).
    private static func allowsSigning(_ der: [UInt8]) -> Bool {
        guard der.count >= 4, der[0] == 0x03, Int(der[1]) == der.count - 2 else { return true }
        return der[3] & 0b0000_0110 != 0
    }
}

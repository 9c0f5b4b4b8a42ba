/// The certificates of a file of roots, known by their SHA-256.
public struct TrustAnchors: Sendable, Hashable {
    private let fingerprints: Set<[UInt8]>

    /// - Parameter path: A PEM file.
    public init(inFile path: String) throws(TLSFileError) {
        fingerprints = Set(try TLS.certificatesInDER(path).map(BoringSSL.sha256))
    }

    public var count: Int { fingerprints.count }

    func contains(_ fingerprint: [UInt8]) -> Bool { fingerprints.contains(fingerprint) }
}

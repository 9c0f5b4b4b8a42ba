/// Who the proxy is in the mesh: its SPIFFE id and the PEM files that prove it.
public struct MeshIdentity: Sendable, Hashable {
    public var spiffeID: String
    /// Peers must come from it. The host part of `spiffeID` where the document does not say otherwise.
    public var trustDomain: String
    /// Leaf first, then intermediates.
    public var certificateChain: String
    public var privateKey: String
    /// The certificate authorities of the trust domain.
    public var roots: String
    /// PEM or DER revocation lists of those authorities, signed by them; certificates of intermediate authorities may
    /// stand beside them. A peer is cut off when one of them names its certificate, or that of an authority between it and
    /// the roots. Nobody is when nil.
    public var revocationLists: String?

    public init(
        spiffeID: String, trustDomain: String? = nil, certificateChain: String, privateKey: String, roots: String,
        revocationLists: String? = nil
    ) {
        self.spiffeID = spiffeID
        self.trustDomain = trustDomain ?? Self.trustDomain(of: spiffeID)
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.roots = roots
        self.revocationLists = revocationLists
    }

    static let scheme = "spiffe://"

    private static func trustDomain(of spiffeID: String) -> String {
        String(spiffeID.dropFirst(scheme.count).prefix { $0 != "/" })
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        let spiffeID = try SPIFFEText.read(try reader.required("spiffeID"), path: reader.path(of: "spiffeID"))
        self.init(
            spiffeID: spiffeID,
            trustDomain: try reader.text("trustDomain", maximumBytes: 255),
            certificateChain: try reader.requiredText("certificateChain"),
            privateKey: try reader.requiredText("privateKey"),
            roots: try reader.requiredText("roots"),
            revocationLists: try reader.text("revocationLists"))
        guard trustDomain == Self.trustDomain(of: spiffeID) else {
            throw reader.error("trustDomain", "\"\(trustDomain)\" is not the trust domain of \(spiffeID)")
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("spiffeID", spiffeID)
        writer.add("trustDomain", trustDomain)
        writer.add("certificateChain", certificateChain)
        writer.add("privateKey", privateKey)
        writer.add("roots", roots)
        writer.add("revocationLists", revocationLists)
        return writer.value
    }
}

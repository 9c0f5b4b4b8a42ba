/// Mutual TLS towards a peer, and who the peer must be.
public struct PeerExpectation: Sendable, Hashable {
    /// Anyone in the trust domain when nil.
    public var spiffeID: String?

    public init(spiffeID: String? = nil) { self.spiffeID = spiffeID }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        spiffeID = nil
        if let value = reader.value("spiffeID") {
            spiffeID = try SPIFFEText.read(value, path: reader.path(of: "spiffeID"))
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("spiffeID", spiffeID)
        return writer.value
    }
}

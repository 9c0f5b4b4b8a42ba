/// A first look at SPIFFE ids in a document; the strict parse is the transport's, over `ProxyConfiguration.spiffeIDs`.
enum SPIFFEText {
    static let maximumBytes = 2048

    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> String {
        let text = try ObjectReader.text(value, path: path, maximumBytes: maximumBytes)
        guard text.hasPrefix(MeshIdentity.scheme), text.utf8.count > MeshIdentity.scheme.utf8.count else {
            throw ConfigurationError(path: path, message: "\"\(text)\" does not start with spiffe://<trust domain>")
        }
        return text
    }
}

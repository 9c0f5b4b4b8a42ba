/// The PEM files of one identity.
public struct TLSFiles: Sendable, Hashable, Codable {
    /// Path; leaf first, then intermediates.
    public var certificateChain: String
    /// Path.
    public var privateKey: String
    /// Path; the authorities that peers' chains must end at.
    public var roots: String

    public init(certificateChain: String, privateKey: String, roots: String) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.roots = roots
    }
}

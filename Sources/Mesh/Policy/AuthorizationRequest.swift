/// What rules look at.
public struct AuthorizationRequest {
    /// The verified caller; empty when nothing is known of it.
    public var principal: String
    public var method: String
    /// In its normal form.
    public var path: String
    /// Of the listener.
    public var port: Int
    /// The values of a field by its lower-case name, joined by commas.
    public var header: (String) -> String?
    /// What a TLS client asks for, in lower case; `nil` where it names none, or its TLS ends here.
    public var serverName: String?

    public init(
        principal: String, method: String, path: String, port: Int, serverName: String? = nil,
        header: @escaping (String) -> String? = { _ in nil }
    ) {
        self.principal = principal
        self.method = method
        self.path = path
        self.port = port
        self.serverName = serverName
        self.header = header
    }
}

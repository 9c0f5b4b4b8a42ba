/// Why a configuration is refused: the place as a JSON path, and one sentence.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `outbound.routes[2].timeoutMilliseconds`; empty for the document as a whole.
    public var path: String
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

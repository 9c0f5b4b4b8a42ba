/// Why a request got no response.
public struct HTTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case badURL
        /// No connection: the request was not sent.
        case connect
        /// The connection broke, or what came is no HTTP/1.1.
        case connection
        case timeout
        case responseTooLarge
    }

    public var code: Code
    public var description: String
}

/// Why a listener does not start.
public struct ListenerError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// Off loopback without mutual TLS or tokens.
        case unprotected
        /// The system does not give the address.
        case bind
    }

    public var code: Code
    public var description: String

    public init(code: Code, description: String) {
        self.code = code
        self.description = description
    }
}

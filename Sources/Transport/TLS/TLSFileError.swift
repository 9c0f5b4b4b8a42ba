/// Why TLS cannot be set up from files. Names the file, never its content.
public struct TLSFileError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case unreadable
        case notCertificates
        case notPrivateKey
        case notAccepted
        case notRevocationList
        case tooLong
    }

    public var code: Code
    public var path: String
    public var description: String

    init(_ code: Code, path: String, _ description: String) {
        self.code = code
        self.path = path
        self.description = description
    }
}

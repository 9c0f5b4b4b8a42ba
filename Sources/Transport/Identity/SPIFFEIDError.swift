/// Why a text is not a SPIFFE id.
public enum SPIFFEIDError: Error, Sendable, Hashable, CustomStringConvertible {
    case tooLong(bytes: Int)
    case noScheme(String)
    case badTrustDomain(String)
    case badPath(String)

    public var description: String {
        switch self {
        case .tooLong(let bytes): "the SPIFFE id has \(bytes) bytes; at most \(SPIFFEID.maximumBytes) are possible"
        case .noScheme(let text): "\"\(text)\" is not a SPIFFE id: it does not start with spiffe://"
        case .badTrustDomain(let text):
            "\"\(text)\" is not a SPIFFE id: its trust domain must be lower-case letters, digits, '.', '-' and '_'"
        case .badPath(let text):
            "\"\(text)\" is not a SPIFFE id: a path segment is empty, dots alone, or holds a character other than "
                + "letters, digits, '.', '-' and '_'"
        }
    }
}

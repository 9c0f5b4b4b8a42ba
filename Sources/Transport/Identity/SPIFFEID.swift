/// The name of a workload in the mesh: `spiffe://trust-domain/path`.
///
/// Source: SPIFFE-ID §2 — at most 2048 bytes; trust domain of lower-case letters, digits, `.`, `-`, `_`; path segments
/// of letters, digits, `.`, `-`, `_`, none empty, `.` or `..`; no query, fragment, port or user.
public struct SPIFFEID: Hashable, Sendable, CustomStringConvertible {
    public static let maximumBytes = 2048
    public static let maximumTrustDomainBytes = 255

    public let trustDomain: String
    /// With its leading `/`; empty for the trust domain itself.
    public let path: String

    public init(_ text: String) throws(SPIFFEIDError) {
        guard text.utf8.count <= Self.maximumBytes else { throw .tooLong(bytes: text.utf8.count) }
        let scheme = "spiffe://"
        guard text.hasPrefix(scheme) else { throw .noScheme(text) }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        let domain = rest.prefix { $0 != UInt8(ascii: "/") }
        guard !domain.isEmpty, domain.count <= Self.maximumTrustDomainBytes,
            domain.allSatisfy({ Self.isNameByte($0) && !(0x41...0x5A ~= $0) })
        else { throw .badTrustDomain(text) }
        let path = rest.dropFirst(domain.count)
        for segment in path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        where !path.isEmpty {
            let isDots = segment.count <= 2 && segment.allSatisfy { $0 == UInt8(ascii: ".") }
            guard !isDots, segment.allSatisfy(Self.isNameByte) else { throw .badPath(text) }
        }
        trustDomain = String(decoding: domain, as: UTF8.self)
        self.path = String(decoding: path, as: UTF8.self)
    }

    public var description: String { "spiffe://\(trustDomain)\(path)" }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
    }
}

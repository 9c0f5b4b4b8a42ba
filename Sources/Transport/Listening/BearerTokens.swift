/// The tokens that a listener takes (RFC 6750 §2.1), each with the name that its requests are attributed to.
public struct BearerTokens: Sendable {
    public static let minimumBytes = 16

    private let tokens: [(name: String, secret: [UInt8])]

    /// `nil` when a secret is shorter than `minimumBytes`.
    public init?(_ tokens: [(name: String, secret: String)]) {
        guard tokens.allSatisfy({ $0.secret.utf8.count >= Self.minimumBytes }) else { return nil }
        self.tokens = tokens.map { ($0.name, Array($0.secret.utf8)) }
    }

    public var isEmpty: Bool { tokens.isEmpty }

    /// The name of the token in an `Authorization` field; `nil` when there is none that is known.
    ///
    /// Takes as long for a wrong token as for a right one: every secret is compared to its end.
    public func name(authorization: String?) -> String? {
        guard let authorization else { return nil }
        let scheme = authorization.utf8.prefix(7)
        guard scheme.count == 7, String(scheme)?.lowercased() == "bearer " else { return nil }
        let offered = Array(authorization.utf8.dropFirst(7).drop { $0 == 0x20 })
        var found: String?
        for token in tokens where Self.equalInConstantTime(token.secret, offered) { found = token.name }
        return found
    }

    private static func equalInConstantTime(_ secret: [UInt8], _ offered: [UInt8]) -> Bool {
        var difference = secret.count ^ offered.count
        for (index, byte) in secret.enumerated() {
            difference |= Int(byte ^ (index < offered.count ? offered[index] : 0))
        }
        return difference == 0
    }
}

extension BearerTokens: CustomStringConvertible {
    /// Names only.
    public var description: String { "tokens of \(tokens.map(\.name).joined(separator: ", "))" }
}

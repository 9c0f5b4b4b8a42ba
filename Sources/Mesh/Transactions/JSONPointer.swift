/// A JSON pointer (RFC 6901) to one value of a document: `/payment/id`, `/transfers/0/uetr`.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public static let maximumTokens = 16

    /// Unescaped, as UTF-8.
    public let tokens: [[UInt8]]
    public let description: String

    /// `nil` for a text that is not a pointer, or points to the whole document, or is too long.
    public init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [[UInt8]] = []
        for part in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let token = Self.unescape(Array(part)) else { return nil }
            tokens.append(token)
        }
        guard tokens.count <= Self.maximumTokens else { return nil }
        self.tokens = tokens
        description = text
    }

    /// `~1` is `/` and `~0` is `~`; any other use of `~` is an error.
    private static func unescape(_ part: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                output.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0")?: output.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1")?: output.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return output
    }

    /// The token as an array index: digits without a leading zero.
    static func index(_ token: [UInt8]) -> Int? {
        guard !token.isEmpty, token.count <= 9, token.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        guard token.count == 1 || token[0] != 0x30 else { return nil }
        return token.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}

/// Element names from outside in, without namespace prefixes: `CdtTrfTxInf/PmtId/UETR`.
///
/// It takes every element whose innermost names are these, wherever it stands; with a leading `/` the names start at
/// the document's root.
public struct XMLElementPath: Sendable, Hashable, CustomStringConvertible {
    public static let maximumNames = 16

    /// Local names as UTF-8, outermost first.
    public let names: [[UInt8]]
    public let fromRoot: Bool
    public let description: String

    /// `nil` for a text that is not such a path.
    public init?(_ text: String) {
        fromRoot = text.utf8.first == UInt8(ascii: "/")
        let parts = text.utf8.dropFirst(fromRoot ? 1 : 0).split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (1...Self.maximumNames).contains(parts.count) else { return nil }
        for part in parts {
            guard let first = part.first, part.allSatisfy(Self.isNameByte) else { return nil }
            guard !(0x30...0x39 ~= first), first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else { return nil }
        }
        names = parts.map { Array($0) }
        description = text
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }
}

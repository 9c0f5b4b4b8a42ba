/// One extension of a certificate, a revocation list or one of its entries (RFC 5280 §4.2).
struct CertificateExtension {
    /// Content of the OBJECT IDENTIFIER.
    var identifier: ArraySlice<UInt8>
    var isCritical: Bool
    var value: ArraySlice<UInt8>

    static let keyUsage: [UInt8] = [0x55, 0x1D, 0x0F]
    static let basicConstraints: [UInt8] = [0x55, 0x1D, 0x13]
    static let listNumber: [UInt8] = [0x55, 0x1D, 0x14]
    static let reason: [UInt8] = [0x55, 0x1D, 0x15]
    static let deltaListIndicator: [UInt8] = [0x55, 0x1D, 0x1B]
    static let issuingDistributionPoint: [UInt8] = [0x55, 0x1D, 0x1C]
    static let certificateIssuer: [UInt8] = [0x55, 0x1D, 0x1D]
    static let authorityKeyIdentifier: [UInt8] = [0x55, 0x1D, 0x23]

    /// The elements of `Extensions ::= SEQUENCE OF Extension`; `nil` when they are not that, or too many.
    ///
    /// - Parameter content: The SEQUENCE as a whole.
    static func list(_ content: ArraySlice<UInt8>, maximumCount: Int) -> [CertificateExtension]? {
        var outer = DER(content)
        guard let list = outer.next(DER.sequence), outer.isAtEnd else { return nil }
        var rest = DER(list.content)
        var extensions: [CertificateExtension] = []
        while !rest.isAtEnd {
            guard extensions.count < maximumCount, let item = rest.next(DER.sequence) else { return nil }
            var fields = DER(item.content)
            guard let identifier = fields.next(DER.objectIdentifier) else { return nil }
            let critical = fields.next(DER.boolean)
            guard let value = fields.next(DER.octetString), fields.isAtEnd else { return nil }
            extensions.append(
                CertificateExtension(
                    identifier: identifier.content, isCritical: critical.map { $0.content.first == 0xFF } ?? false,
                    value: value.content))
        }
        return extensions
    }

    /// The identifier as people write it: `2.5.29.28`.
    var name: String {
        var numbers: [UInt64] = []
        var current: UInt64 = 0
        for byte in identifier {
            guard current < 1 << 56 else { return "too long an identifier" }
            current = current << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 {
                numbers.append(current)
                current = 0
            }
        }
        guard let first = numbers.first else { return "no identifier" }
        let root = min(first / 40, 2)
        return ([root, first - root * 40] + numbers.dropFirst()).map(String.init).joined(separator: ".")
    }
}

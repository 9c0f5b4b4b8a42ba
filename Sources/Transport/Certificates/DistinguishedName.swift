/// A certificate's name as people write it (RFC 4514): `CN=ledger,OU=payments,O=bank`.
enum DistinguishedName {
    static let maximumParts = 64

    /// Last part first, as RFC 4514 has it; empty for an empty name, and for bytes that are none.
    ///
    /// - Parameter name: The whole Name in DER.
    static func text(_ name: ArraySlice<UInt8>) -> String {
        var outer = DER(name)
        guard let sequence = outer.next(DER.sequence) else { return "" }
        var rest = DER(sequence.content)
        var parts: [String] = []
        while let set = rest.next(DER.set), parts.count < maximumParts {
            var attributes = DER(set.content)
            var texts: [String] = []
            while let pair = attributes.next(DER.sequence), texts.count < maximumParts {
                var fields = DER(pair.content)
                guard let type = fields.next(DER.objectIdentifier), let value = fields.next() else { return "" }
                texts.append("\(short(type.content))=\(escaped(value.content))")
            }
            parts.append(texts.joined(separator: "+"))
        }
        return parts.reversed().joined(separator: ",")
    }

    /// RFC 4514 §3, and `serialNumber` as OpenSSL writes it.
    private static func short(_ type: ArraySlice<UInt8>) -> String {
        if type.count == 3, type.first == 0x55, type[type.startIndex + 1] == 0x04 {
            switch type[type.startIndex + 2] {
            case 3: return "CN"
            case 5: return "serialNumber"
            case 6: return "C"
            case 7: return "L"
            case 8: return "ST"
            case 9: return "STREET"
            case 10: return "O"
            case 11: return "OU"
            default: break
            }
        }
        if type.elementsEqual([0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x01]) { return "UID" }
        if type.elementsEqual([0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19]) { return "DC" }
        return CertificateExtension(identifier: type, isCritical: false, value: []).name
    }

    /// RFC 4514 §2.4; what a header or a log line could not carry, and a quotation mark, is written as `\xx`.
    private static func escaped(_ value: ArraySlice<UInt8>) -> String {
        var output: [UInt8] = []
        for (place, byte) in value.enumerated() {
            switch byte {
            case 0..<0x20, 0x22, 0x7F...:
                let digits = Array("0123456789abcdef".utf8)
                output += [0x5C, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            case _ where "+,;<>\\".utf8.contains(byte): output += [0x5C, byte]
            case 0x20 where place == 0 || place == value.count - 1: output += [0x5C, byte]
            case 0x23 where place == 0: output += [0x5C, byte]
            default: output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

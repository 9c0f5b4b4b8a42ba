/// Names of holds: short, random, easy to read out and to type.
enum HoldID {
    static let length = 6
    /// Crockford's base 32: without the letters that look like digits, and without u.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    static func random(using generator: inout some RandomNumberGenerator) -> String {
        let bytes = (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a person typed, as the id it can only mean: any case, o for 0, i and l for 1.
    static func normalise(_ typed: String) -> String {
        let bytes = typed.lowercased().utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "o"): UInt8(ascii: "0")
            case UInt8(ascii: "i"), UInt8(ascii: "l"): UInt8(ascii: "1")
            default: byte
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func isValid(_ id: String) -> Bool {
        id.utf8.count == length && id.utf8.allSatisfy { alphabet.contains($0) }
    }
}

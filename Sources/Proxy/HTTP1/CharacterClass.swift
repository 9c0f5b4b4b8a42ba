/// Which bytes RFC 9110 and RFC 3986 allow where, as 256-bit tables.
struct CharacterClass: Sendable {
    private var bits: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    private init(_ contains: (UInt8) -> Bool) {
        for byte in UInt8.min...UInt8.max where contains(byte) {
            let bit = UInt64(1) << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: bits.0 |= bit
            case 1: bits.1 |= bit
            case 2: bits.2 |= bit
            default: bits.3 |= bit
            }
        }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word: UInt64 =
            switch byte >> 6 {
            case 0: bits.0
            case 1: bits.1
            case 2: bits.2
            default: bits.3
            }
        return word >> UInt64(byte & 63) & 1 != 0
    }

    /// `tchar` (RFC 9110 §5.6.2): method and field names.
    static let token = CharacterClass {
        isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
    }
    /// `host [":" port]` (RFC 3986 §3.2.2): no user information, no white space, no comma.
    static let authority = CharacterClass {
        isAlphanumeric($0) || "-._~:[]%!$&'()*+;=".utf8.contains($0)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

/// Whether `byte` may stand in a field value (RFC 9110 §5.5): visible characters, space, tab and obs-text.
@inline(__always)
func isFieldValueByte(_ byte: UInt8) -> Bool { byte >= 0x20 ? byte != 0x7F : byte == 0x09 }

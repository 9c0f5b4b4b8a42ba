/// Which characters of ASCII RFC 9110 and RFC 3986 allow where, as 128-bit tables; other bytes are in none.
struct CharacterClass: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    private init(_ contains: (UInt8) -> Bool) {
        for byte in UInt8.min..<0x80 where contains(byte) {
            let bit = UInt64(1) << UInt64(byte & 63)
            if byte < 64 { low |= bit } else { high |= bit }
        }
    }

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte & 0x40 == 0 ? low : high
        return word &>> UInt64(byte) & 1 != 0 && byte < 0x80
    }

    /// Whether all of `bytes` are in the class.
    func containsAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes where !contains(byte) { return false }
        return true
    }

    /// `tchar` (RFC 9110 §5.6.2): method and field names.
    static let token = CharacterClass {
        isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0)
    }
    /// Field names of HTTP/2 (RFC 9113 §8.2.1).
    static let lowercaseToken = CharacterClass {
        !(0x41...0x5A).contains($0) && token.contains($0)
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

/// Where, from `start` on, the first byte stands that may not be in a field value; the count when there is none. Looks at
/// eight bytes at a time.
func fieldValueEnd(_ raw: UnsafeRawBufferPointer, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs = ones << 7
    var offset = start
    while offset &+ 8 <= raw.count {
        let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let deletes = word ^ (ones &* 0x7F)
        // The high bit of each byte below a space, and of each DEL; the lowest one is exact, those above it may be
        // carried over from it.
        let hits = ((word &- ones &* 0x20) & ~word | (deletes &- ones) & ~deletes) & highs
        guard hits != 0 else {
            offset &+= 8
            continue
        }
        offset &+= hits.trailingZeroBitCount &>> 3
        guard raw[offset] == 0x09 else { return offset }
        offset &+= 1
    }
    while offset < raw.count, isFieldValueByte(raw[offset]) { offset &+= 1 }
    return offset
}

import Crypto

/// CRC-32 as zlib has it (reflected 0xEDB88320), XXH64 as its public description (xxhash_spec.md) has it, SHA-256.
enum PlainChecksums {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
    }

    static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    private static let primes: [UInt64] = [
        0, 0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5,
    ]

    static func xxh64(_ bytes: [UInt8], seed: UInt64) -> UInt64 {
        var at = 0
        func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
        func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* primes[2], 31) &* primes[1] }
        func word(_ size: Int) -> UInt64 {
            at += size
            return bytes[at - size..<at].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        var hash = seed &+ primes[5]
        if bytes.count >= 32 {
            var lanes = [seed &+ primes[1] &+ primes[2], seed &+ primes[2], seed, seed &- primes[1]]
            while bytes.count - at >= 32 {
                for lane in 0..<4 { lanes[lane] = round(lanes[lane], word(8)) }
            }
            hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
            for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[1] &+ primes[4] }
        }
        hash &+= UInt64(bytes.count)
        while bytes.count - at >= 8 { hash = rotate(hash ^ round(0, word(8)), 27) &* primes[1] &+ primes[4] }
        if bytes.count - at >= 4 { hash = rotate(hash ^ word(4) &* primes[1], 23) &* primes[2] &+ primes[3] }
        while at < bytes.count { hash = rotate(hash ^ word(1) &* primes[5], 11) &* primes[1] }
        hash = (hash ^ hash >> 33) &* primes[2]
        hash = (hash ^ hash >> 29) &* primes[3]
        return hash ^ hash >> 32
    }
}

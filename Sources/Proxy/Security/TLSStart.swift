/// How a TLS connection begins: with a handshake record of a ClientHello (RFC 8446 §5.1, §4).
enum TLSStart {
    /// Whether these are the first bytes of one; `nil` while they could be.
    ///
    /// The first byte alone tells it from HTTP, but not from every protocol: a binary length may begin with 0x16 too.
    static func isTLS(_ bytes: some Collection<UInt8>) -> Bool? {
        for (offset, byte) in bytes.prefix(6).enumerated() {
            let fits =
                switch offset {
                case 0: byte == 0x16
                case 1: byte == 3
                case 2: byte <= 4
                // A record's plaintext holds at most 2^14 bytes.
                case 3: byte <= 0x40
                case 5: byte == 1
                default: true
                }
            if !fits { return false }
        }
        return bytes.count >= 6 ? true : nil
    }
}

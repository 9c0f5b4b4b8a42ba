import NIOCore

/// Addresses of peers as `x-forwarded-for` writes them.
enum PeerAddress {
    /// At most this long: `0000:0000:0000:0000:0000:ffff:255.255.255.255`.
    static let maximumBytes = 45

    /// Without a port. An IPv4 address that a socket of both families shows as `::ffff:192.0.2.1` is `192.0.2.1`.
    static func text(_ channel: any Channel) -> [UInt8] {
        guard let address = channel.remoteAddress?.ipAddress else { return [] }
        let mapped = "::ffff:"
        if address.hasPrefix(mapped), address.contains(".") { return Array(address.utf8.dropFirst(mapped.utf8.count)) }
        return Array(address.utf8)
    }

    /// Whether `bytes` have the characters of an IPv4 or IPv6 address, and no more than one has.
    static func isPlausible(_ bytes: some Collection<UInt8>) -> Bool {
        (2...maximumBytes).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x2E, 0x3A: true
                default: false
                }
            }
    }
}

import Mesh

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The bytes of a `sockaddr_in` or `sockaddr_in6`, whichever the kernel writes (ip(7), ipv6(7)).
struct RawSocketAddress: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    private var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// `nil` for families other than IPv4 and IPv6.
    var address: IPAddress? {
        let bytes = bytes
        switch withUnsafeBytes(of: words, { $0.load(as: sa_family_t.self) }) {
        case sa_family_t(AF_INET): return IPAddress(bytes: bytes[4..<8])
        case sa_family_t(AF_INET6): return IPAddress(bytes: bytes[8..<24])
        default: return nil
        }
    }

    var port: Int { Int(bytes[2]) << 8 | Int(bytes[3]) }
}

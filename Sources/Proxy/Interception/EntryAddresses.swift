import Mesh

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where a transparent listener listens: the kernel redirects each version of IP to an address of its own.
enum EntryAddresses {
    /// The address as configured, then its counterpart in the other version of IP where the machine has that.
    static func hosts(_ host: String) -> [String] {
        switch host {
        case "127.0.0.1": hasIPv6 ? [host, "::1"] : [host]
        case "0.0.0.0": hasIPv6 ? [host, "::"] : [host]
        case "::1": [host, "127.0.0.1"]
        case "::": [host, "0.0.0.0"]
        default: [host]
        }
    }

    /// Whether any interface has an IPv6 address (proc_net(5)).
    private static var hasIPv6: Bool {
        let file = open("/proc/net/if_inet6", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var byte: UInt8 = 0
        return read(file, &byte, 1) == 1
    }
}

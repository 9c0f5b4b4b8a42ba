#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What this process may do to its network namespace.
package enum Capabilities {
    /// linux/capability.h
    private static let networkAdministration: UInt64 = 12

    /// CAP_NET_ADMIN, among the effective capabilities (proc_pid_status(5)).
    package static var hasNetworkAdministration: Bool {
        guard let status = text(of: "/proc/self/status") else { return geteuid() == 0 }
        for line in status.split(separator: "\n") where line.hasPrefix("CapEff:") {
            let digits = line.dropFirst(7).filter { $0 != "\t" && $0 != " " }
            return UInt64(digits, radix: 16).map { $0 >> networkAdministration & 1 == 1 } ?? false
        }
        return geteuid() == 0
    }

    /// Whether the kernel speaks IPv6 here; it may do so later on interfaces that have no address of it yet.
    package static var hasIPv6: Bool { access("/proc/net/if_inet6", F_OK) == 0 }

    private static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[0..<count], as: UTF8.self) : nil
    }
}

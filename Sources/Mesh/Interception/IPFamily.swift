/// The two versions of IP; the kernel keeps rules for each apart.
public enum IPFamily: String, Sendable, Hashable, CaseIterable {
    case ipv4
    case ipv6

    /// As people write it.
    public var text: String { self == .ipv4 ? "IPv4" : "IPv6" }

    var bits: Int { self == .ipv4 ? 32 : 128 }
}

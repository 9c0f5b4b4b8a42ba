/// How connections come to a listener.
public enum ListenerCapture: Sendable, Hashable {
    /// Clients name its address.
    case explicit
    /// The kernel hands over what wanted to go elsewhere: `inbound` or `outbound` with `"transparent": true`.
    case entry
    /// From the transparent listener of its direction, by where they wanted to go; it has no port of its own, its
    /// address is that original destination.
    case originalDestination
}

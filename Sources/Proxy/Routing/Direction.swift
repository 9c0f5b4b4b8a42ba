/// Which way a request goes through the proxy.
package enum Direction: String, Sendable {
    /// From another proxy to the service behind this one.
    case inbound
    /// From the service behind this proxy to another.
    case outbound
}

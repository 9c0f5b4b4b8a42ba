/// Which way traffic goes through the proxy.
public enum TrafficDirection: String, Sendable, Hashable, CaseIterable {
    /// From another proxy to the service behind this one.
    case inbound
    /// From the service behind this proxy to another.
    case outbound

    /// What a listener of this direction asks of its clients where the document does not say.
    var defaultSecurity: Listener.Security { self == .inbound ? .mutualTLS : .plain }
}

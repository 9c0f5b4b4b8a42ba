/// What becomes of an intercepted connection of the service to a destination that no listener is declared for; the
/// names are Istio's.
public enum OutboundTrafficPolicy: String, Sendable, Hashable, CaseIterable {
    /// It is refused.
    case registryOnly = "REGISTRY_ONLY"
    /// It is passed on to where it wanted to go, byte for byte.
    case allowAny = "ALLOW_ANY"
}

/// What becomes of `x-forwarded-client-cert`, the field that tells a service who called it; the words are Envoy's.
public enum ForwardClientCertDetails: String, Sendable, Hashable, CaseIterable {
    /// Nothing is said.
    case sanitize
    /// What a trusted caller says, and nothing of other callers.
    case forwardOnly = "forward-only"
    /// What a trusted caller says, then who the caller is.
    case appendForward = "append-forward"
    /// Who the caller is, whatever it says.
    case sanitizeSet = "sanitize-set"
}

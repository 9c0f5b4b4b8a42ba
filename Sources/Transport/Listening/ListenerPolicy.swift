/// A listener that others than this machine can reach must know whom it lets in.
public enum ListenerPolicy {
    /// Refuses an address off loopback that has neither mutual TLS nor tokens.
    ///
    /// - Parameter name: The listener as its configuration calls it, for the sentence.
    public static func check(
        _ name: String, host: String, hasMutualTLS: Bool, hasTokens: Bool
    ) throws(ListenerError) {
        guard !isLoopback(host), !hasMutualTLS, !hasTokens else { return }
        throw ListenerError(
            code: .unprotected,
            description: "the \(name) listener on \(host) is not on loopback and has neither mutual TLS nor tokens: "
                + "give it certificates or tokens, or listen on 127.0.0.1")
    }

    /// Whether only this machine can reach `host`: `localhost`, 127.0.0.0/8 or ::1.
    public static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

import Mesh

extension Exchange {
    /// Asks the listener's access rules; answers 403 and is `false` when they refuse the request. One that the proxy has
    /// sent itself, and that interception has brought back, is answered 508: it would come back for ever.
    func isAuthorized() -> Bool {
        guard !worker.isLoop(downstream.original, downstream.direction) else {
            answer(508, .loopDetected, OwnConnections.loopSentence)
            return false
        }
        guard let policy = downstream.routes.policy else { return true }
        let decision = policy.decide(
            downstream.head, principal: downstream.principal, original: downstream.original)
        self.policy = policy
        self.decision = decision
        guard decision.outcome == .deny, policy.authorization.enforced else { return true }
        // Which rule it was stands on the span; the caller need not learn the rules by trying.
        answer(403, .accessDenied, "RBAC: access denied")
        return false
    }
}

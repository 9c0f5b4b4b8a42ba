import Mesh

extension Exchange {
    /// Asks the listener's access rules; answers 403 and is `false` when they refuse the request.
    func isAuthorized() -> Bool {
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

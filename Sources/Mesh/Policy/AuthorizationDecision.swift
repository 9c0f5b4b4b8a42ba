/// What the rules say to a request, and which of them says it.
public struct AuthorizationDecision: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        case allow
        case deny
    }

    public var outcome: Outcome
    /// Index of the rule that settled it; `nil` for the default.
    public var rule: Int?
    /// The path has no single meaning, and a rule speaks of paths.
    public var isAmbiguousPath: Bool

    public init(_ outcome: Outcome, rule: Int?, isAmbiguousPath: Bool = false) {
        self.outcome = outcome
        self.rule = rule
        self.isAmbiguousPath = isAmbiguousPath
    }
}

extension Authorization {
    /// - Parameters:
    ///   - target: In origin form: path and query.
    ///   - header: The values of a field by its lower-case name, joined by commas; called only by rules that name one.
    public func decide(
        principal: String, method: String, target: String, port: Int, header: (String) -> String?
    ) -> AuthorizationDecision {
        let normal: String
        switch NormalPath.of(target) {
        case .normal(let text): normal = text
        case .ambiguous:
            if speaksOfPaths {
                return AuthorizationDecision(.deny, rule: nil, isAmbiguousPath: true)
            }
            normal = target
        }
        return withoutActuallyEscaping(header) { header in
            decide(
                AuthorizationRequest(
                    principal: principal, method: method, path: normal, port: port, header: header))
        }
    }

    /// The same for a connection whose bytes are no requests.
    ///
    /// - Parameter serverName: In lower case; `nil` where the client names none, or its TLS ends here.
    public func decide(principal: String, port: Int, serverName: String?) -> AuthorizationDecision {
        decide(AuthorizationRequest(principal: principal, method: "", path: "", port: port, serverName: serverName))
    }

    func decide(_ request: AuthorizationRequest) -> AuthorizationDecision {
        for action in [AuthorizationRule.Action.deny, .allow] {
            for (index, rule) in rules.enumerated() where rule.action == action && rule.matches(request) {
                return AuthorizationDecision(action == .deny ? .deny : .allow, rule: index)
            }
        }
        return AuthorizationDecision(unmatched == .deny ? .deny : .allow, rule: nil)
    }

    /// How spans, the access log and metrics name what settled a decision.
    public func ruleName(of decision: AuthorizationDecision) -> String {
        if decision.isAmbiguousPath { return "ambiguous-path" }
        return decision.rule.map { rules[$0].name } ?? "default"
    }
}

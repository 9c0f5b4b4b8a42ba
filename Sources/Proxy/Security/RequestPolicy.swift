import Exposition
import Mesh
import Telemetry

/// The access rules of one listener as one worker applies them.
final class RequestPolicy {
    let authorization: Authorization
    let revisionBytes: [UInt8]
    private let port: Int
    /// Rules speak of paths, and the service may get one that it reads in another way.
    private let mustBeNormal: Bool
    private let names: [[UInt8]]
    private let defaultName: [UInt8]
    private let ambiguousName: [UInt8]
    private let allowed: Counter
    private let denied: Counter

    /// - Parameter normalization: How paths reach the service.
    init(
        _ authorization: Authorization, port: Int, direction: Direction, normalization: PathNormalization = .none,
        registry: MetricRegistry
    ) {
        self.authorization = authorization
        self.port = port
        mustBeNormal = authorization.speaksOfPaths && normalization != .mergeSlashes
        revisionBytes = Array(authorization.revision.utf8)
        names = authorization.rules.map { Array($0.name.utf8) }
        defaultName = Array("default".utf8)
        ambiguousName = Array("ambiguous-path".utf8)
        func counter(_ decision: String) -> Counter {
            registry.counter(
                "waybill_proxy_authorization_decisions_total",
                help: "What access rules said to requests and stream connections.",
                labels: [MetricLabel("direction", direction.rawValue), MetricLabel("decision", decision)])
        }
        allowed = counter("allow")
        denied = counter(authorization.enforced ? "deny" : "would_deny")
    }

    /// - Parameter original: Of an intercepted connection, whose port is the one that its client knows.
    func decide(
        _ head: RequestHead, principal: Principal, original: OriginalDestination?
    ) -> AuthorizationDecision {
        // CONNECT names no resource: as with `OPTIONS *`, rules see the server as a whole.
        let isConnect = head.method == .connect
        let decision =
            mustBeNormal && !isConnect && !isNormal(head)
            ? AuthorizationDecision(.deny, rule: nil, isAmbiguousPath: true)
            : authorization.decide(
                principal: principal.text, method: head.methodText, target: isConnect ? "*" : head.target,
                port: original?.port ?? port, header: { head.fields.joinedValue(named: $0) })
        count(decision)
        return decision
    }

    /// The same for a connection whose bytes are no requests.
    func decide(
        principal: Principal, serverName: String?, original: OriginalDestination?
    ) -> AuthorizationDecision {
        let decision = authorization.decide(
            principal: principal.text, port: original?.port ?? port, serverName: serverName)
        count(decision)
        return decision
    }

    private func count(_ decision: AuthorizationDecision) {
        if decision.outcome == .allow { allowed.increment() } else { denied.increment() }
    }

    private func isNormal(_ head: RequestHead) -> Bool {
        head.fields.withBytes(head.targetRange) { PathNormalization.mergeSlashes.apply(to: $0) } == .unchanged
    }

    func ruleBytes(_ decision: AuthorizationDecision) -> [UInt8] {
        if decision.isAmbiguousPath { return ambiguousName }
        return decision.rule.map { names[$0] } ?? defaultName
    }
}

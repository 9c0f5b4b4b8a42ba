import Mesh
import Transport

/// Who may come in, and which way it goes.
extension StreamSession {
    func readHello() {
        switch ClientHello.read(downstream.input) {
        case .incomplete:
            if downstream.hasEnded { fail(.downstreamConnectionTermination, "the client ended before its ClientHello") }
        case .malformed(let sentence): fail(.downstreamProtocolError, sentence)
        case .complete(let name): choose(serverName: name)
        }
    }

    func choose(serverName: String?) {
        self.serverName = serverName
        if let policy = table.policy, !admits(policy) { return }
        guard isNoLoop else { return }
        if let original {
            if let undeclared = table.undeclared {
                switch undeclared.verdict(for: original) {
                case .pass(let route): take(route)
                case .refuse(let flag, let sentence): fail(flag, sentence)
                }
                return
            }
        }
        guard let route = table.route(serverName: serverName) else {
            let name = serverName.map { "the server name \($0)" } ?? "connections without a server name"
            fail(.noRoute, "no route of the listener \(listener.name) takes \(name)")
            return
        }
        take(route)
    }

    private func take(_ route: StreamRouteState) {
        self.route = route
        destination = route.destination(&worker.random)
        let series = route.series(for: principal)
        self.series = series
        series.began()
        if route.refusesUnrecorded, !worker.exportsPayments {
            fail(
                .recordingRefused,
                "the record of this connection can be kept neither in memory nor on disk, and its route refuses then")
            return
        }
        if let layout = table.iso8583 { filter = ISO8583Filter(layout, session: self, series: route.messages) }
        phase = .connecting
        connect()
    }

    /// Asks the rules; ends the connection and is `false` when they refuse it.
    private func admits(_ policy: RequestPolicy) -> Bool {
        let decision = policy.decide(principal: principal, serverName: serverName, original: original)
        self.policy = policy
        self.decision = decision
        guard decision.outcome == .deny, policy.authorization.enforced else { return true }
        // Which rule it was stands on the span; the caller need not learn the rules by trying.
        fail(.accessDenied, "RBAC: access denied")
        return false
    }

    /// What the listener asks of clients may have changed: who is connected must be allowed by it too, since a stream
    /// has no further requests of which it could be asked.
    func reauthorize() {
        guard phase == .connecting || phase == .open, case .stream(let now) = listener.traffic else { return }
        if !isSecure, listener.security == .mutualTLS {
            fail(.accessDenied, "the listener takes nothing but mutual TLS any more")
            return
        }
        if !isSecure {
            let until = listener.security == .permissive ? listener.permissiveUntil : nil
            downstream.standing = until.map { PeerStanding(notAfter: $0.seconds) }
        }
        if isSecure, let rule = listener.rule, let peer = try? SPIFFEID(principal.text), !rule.admits(peer) {
            fail(.accessDenied, "the listener does not accept this client any more")
        } else if let policy = now.policy, policy.authorization != self.policy?.authorization {
            _ = admits(policy)
        }
    }

    /// Of what the route tells connections apart by; `nil` where it does not, or that is not known.
    var hash: UInt64? {
        switch route?.route.hashBy {
        case nil: nil
        case .principal: principal.bytes.isEmpty ? nil : StableHash.of(principal.bytes)
        case .serverName: serverName.map { StableHash.of($0.utf8) }
        case .sourceAddress: downstream.peerAddress.isEmpty ? nil : StableHash.of(downstream.peerAddress)
        }
    }
}

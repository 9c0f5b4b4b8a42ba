import Mesh
import NIOCore

/// Exchanges that become tunnels. Until the upstream agrees, such a request is one as all others, with its time-outs and
/// its retries; from then on it has neither an end of its own nor a second try.
extension Exchange {
    var tunnel: Tunnel? { traffic.tunnel }
    /// Bytes go both ways.
    var isTunnelling: Bool { traffic.tunnel?.isOpen == true }

    // MARK: Asking

    /// `false` when the request has been refused. One whose wish is only ignored goes on as an ordinary request.
    func admitTunnel(_ wish: TunnelRequest, _ route: RouteState) -> Bool {
        let policy = route.route.upgrades
        let kind: Tunnel.Kind
        switch wish {
        case .connect:
            guard let choice = policy?.connect, choice != .refuse else {
                refuseTunnel("CONNECT")
                return false
            }
            kind = .connect(choice)
        case .upgrade(let range):
            let names = Self.protocols(downstream.head.fields.string(range))
            if let name = names.first(where: { policy?.protocols.contains($0) == true }) {
                kind = .upgrade(Array(name.utf8))
            } else if downstream.head.isExtendedConnect || names.contains("websocket") {
                refuseTunnel(names.first ?? "")
                return false
            } else {
                return true
            }
        }
        guard let policy, let series = route.tunnels else { preconditionFailure("what is allowed is counted") }
        // This worker's share.
        guard series.count < (policy.maximumTunnels + worker.setup.workers - 1) / worker.setup.workers else {
            answer(503, .upstreamOverflow, "the route \(route.route.name) has as many tunnels as it takes")
            return false
        }
        series.reserve()
        traffic.tunnel = Tunnel(kind, policy: policy, series: series)
        return true
    }

    private func refuseTunnel(_ name: String) {
        answer(403, .upgradeRefused, "the route \(route?.route.name ?? "") does not take \(name)")
    }

    /// Those of an `Upgrade` field, best first, in lower case.
    private static func protocols(_ value: String) -> [String] {
        value.split(separator: ",").map { name in
            String(name.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }).lowercased()
        }
    }

    /// What the upstream's version of HTTP needs to be asked with.
    func editTunnelRequest(_ tunnel: Tunnel, _ edits: inout HeadEdits) {
        guard case .upgrade(let name) = tunnel.kind, attempt?.version != .http2 else { return }
        edits.add("connection", "upgrade")
        edits.add(Array("upgrade".utf8), name)
        guard tunnel.isWebSocket, downstream.head.fields.value(named: WebSocketHandshake.keyName) == nil else { return }
        let key = WebSocketHandshake.newKey()
        tunnel.webSocketKey = key
        edits.add(WebSocketHandshake.keyName, key)
    }

    // MARK: Opening

    /// The upstream's answer to a request that asked for a tunnel. `false` when it is an ordinary answer.
    func answersTunnel(_ head: ResponseHead, _ tunnel: Tunnel) -> Bool {
        guard head.opensTunnel else {
            if downstream.head.isExtendedConnect, (200...299).contains(head.status) {
                // As it stands the client would take it for consent.
                refuseOpening("answered \(head.status) instead of switching protocols")
                return true
            }
            return false
        }
        if let key = tunnel.webSocketKey,
            head.fields.value(named: WebSocketHandshake.acceptName) != WebSocketHandshake.accept(key)
        {
            refuseOpening("switched to WebSocket without having understood the key")
            return true
        }
        open(tunnel, head)
        return true
    }

    /// The answer that the client gets is an ordinary one.
    func forgetTunnel() {
        guard let tunnel else { return }
        traffic.tunnel = nil
        tunnel.close()
    }

    private func refuseOpening(_ what: String) {
        attemptFailed(
            UpstreamFailure(
                flag: .upstreamProtocolError, sentence: "\(clusterName) \(what)",
                mayHaveArrived: true))
    }

    private func open(_ tunnel: Tunnel, _ head: ResponseHead) {
        let now = Clock.monotonic()
        tunnel.open(now)
        phase = .responding
        status = head.status
        replay = nil
        requestDone = false
        requestDeadline = .max
        traffic.lastByte = now
        // It has a bound of its own: tunnels must not use up what is meant for requests.
        leaveRequests()
        judgeAttempt()
        var edits = worker.takeEdits()
        editResponse(&edits)
        if tunnel.isWebSocket { editAccept(head, tunnel, &edits) }
        downstream.sendHead(head, edits)
        worker.giveBack(edits)
        downstream.resume()
    }

    private func editAccept(_ head: ResponseHead, _ tunnel: Tunnel, _ edits: inout HeadEdits) {
        if tunnel.webSocketKey != nil {
            edits.remove(Array(WebSocketHandshake.acceptName.utf8))
        } else if head.fields.value(named: WebSocketHandshake.acceptName) == nil,
            let key = downstream.head.fields.value(named: WebSocketHandshake.keyName)
        {
            edits.add(WebSocketHandshake.acceptName, WebSocketHandshake.accept(key))
        }
    }

    // MARK: Bytes

    func passToUpstream(_ content: ByteBuffer) {
        requestBytes += content.readableBytes
        traffic.lastByte = Clock.monotonic()
        upstream?.sendContent(content)
    }

    func passToClient(_ content: ByteBuffer) {
        responseBytes += content.readableBytes
        traffic.lastByte = Clock.monotonic()
        downstream.sendContent(content)
        if traffic.fault != nil { throttleTunnel(content.readableBytes) }
    }

    /// The client will send no more.
    func clientEnded(_ tunnel: Tunnel) {
        guard !requestDone else { return }
        requestDone = true
        tunnel.ends(by: .client)
        traffic.lastByte = Clock.monotonic()
        upstream?.sendEnd(trailers: nil)
        completeTunnel(tunnel)
    }

    /// The upstream will send no more.
    func upstreamEnded(_ tunnel: Tunnel) {
        guard !tunnel.upstreamEnded else { return }
        tunnel.upstreamEnded = true
        tunnel.ends(by: .upstream)
        traffic.lastByte = Clock.monotonic()
        downstream.sendEnd(trailers: nil)
        completeTunnel(tunnel)
    }

    private func completeTunnel(_ tunnel: Tunnel) {
        guard phase != .finished, requestDone, tunnel.upstreamEnded else { return }
        endAttempt(flag: nil)
        let used = upstream
        upstream = nil
        finish()
        used?.finish(reusable: false)
        downstream.exchangeEnded()
    }

    // MARK: Ending

    /// A side's connection is gone: what it has sent has been passed on, and nothing can be sent to it.
    ///
    /// - Parameter failure: What broke it; `nil` when it was closed in order.
    func tunnelLost(_ side: Tunnel.Side, _ failure: (any Error)?) {
        guard let tunnel, phase != .finished else { return }
        tunnel.ends(by: worker.isFinishing ? .proxy : side)
        if requestDone, tunnel.upstreamEnded { return completeTunnel(tunnel) }
        let who = side == .client ? "the client" : "the upstream"
        var flag = side == .client ? ResponseFlag.downstreamConnectionTermination : .upstreamConnectionTermination
        var sentence = "\(who) closed its connection before the other side had ended"
        if worker.isFinishing {
            flag = .draining
            sentence = "the proxy shut down"
        } else if let failure {
            sentence = "\(who)'s connection broke: \(worker.describe(failure))"
        }
        addFlag(flag)
        self.sentence = sentence
        endAttempt(flag: flag, sentence: sentence)
        let used = upstream
        upstream = nil
        finish()
        // An orderly end is passed on as one, a broken connection as a reset.
        if failure == nil, !worker.isFinishing {
            used?.finish(reusable: false)
            downstream.exchangeEnded()
        } else {
            used?.abandon()
            downstream.abort()
        }
    }

    /// The listener's rules have changed: an open tunnel must be allowed by them too, since it has no further requests of
    /// which they could be asked.
    func reauthorizeTunnel() {
        guard let tunnel, tunnel.isOpen, phase != .finished, let next = downstream.routes.policy,
            next.authorization != policy?.authorization
        else { return }
        let decision = next.decide(
            downstream.head, principal: downstream.principal, original: downstream.original)
        policy = next
        self.decision = decision
        guard decision.outcome == .deny, next.authorization.enforced else { return }
        denyTunnel("RBAC: access denied")
    }

    /// Ends an open tunnel whose client may not have it any more.
    func denyTunnel(_ sentence: String) {
        guard let tunnel, tunnel.isOpen, phase != .finished else { return }
        tunnel.ends(by: .proxy)
        fail(.accessDenied, 403, sentence)
    }

    func checkTunnel(_ tunnel: Tunnel, now: UInt64) {
        let policy = tunnel.policy
        var flag = ResponseFlag.streamIdleTimeout
        var sentence: String?
        if now >= tunnel.opened.after(milliseconds: policy.maximumDurationMilliseconds) {
            flag = .maximumDuration
            sentence = "the tunnel was open for \(policy.maximumDurationMilliseconds) ms, as long as it may be"
        } else if now >= traffic.lastByte.after(milliseconds: policy.idleTimeoutMilliseconds) {
            sentence = "no byte passed in either direction for \(policy.idleTimeoutMilliseconds) ms"
        } else if requestDone != tunnel.upstreamEnded,
            now >= traffic.lastByte.after(milliseconds: policy.halfClosedTimeoutMilliseconds)
        {
            let limit = policy.halfClosedTimeoutMilliseconds
            sentence = "one side had ended and no byte of the other came for \(limit) ms"
        }
        guard let sentence else { return }
        tunnel.ends(by: .proxy)
        fail(flag, 504, sentence)
    }
}

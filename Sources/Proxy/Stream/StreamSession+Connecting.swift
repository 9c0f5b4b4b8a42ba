import Mesh

/// The way to an endpoint.
extension StreamSession {
    func connect() {
        guard let destination else { return }
        switch destination.pool.takeForStream(from: destination.balancer, hash: hash, avoiding: tried) {
        case .taken(let endpoint, let isProbe):
            tried.append(endpoint)
            let connection = StreamUpstream(
                worker: worker, pool: destination.pool, endpoint: endpoint, isProbe: isProbe, session: self)
            upstream = connection
            connection.open()
        case .exhausted: fail(.upstreamConnectionFailure, connectFailure)
        case .refused(let failure): fail(failure.flag, failure.sentence)
        }
    }

    func connectFailed(_ connection: StreamUpstream, _ reason: String) {
        guard phase == .connecting, upstream === connection, let route, let pool = destination?.pool else { return }
        upstream = nil
        let endpoint = pool.endpoints[connection.endpoint].endpoint
        connectFailure = "no connection to \(pool.cluster.name) at \(endpoint): \(reason)"
        if tried.count < route.route.connectAttempts {
            worker.counters.retries.increment()
            connect()
        } else {
            fail(.upstreamConnectionFailure, connectFailure)
        }
    }

    func connected(_ connection: StreamUpstream) {
        guard phase == .connecting, upstream === connection else {
            connection.abandon()
            return
        }
        // Asked once more: this end of a connection may have been heard of before the other.
        guard isNoLoop else { return }
        peerPrincipal = connection.principal
        phase = .open
        touch()
        opened = lastByte
        downstream.process()
        connection.process()
    }

    /// What a message of the stream says of the endpoint.
    func judge(_ outcome: RequestOutcome) { upstream?.judge(outcome) }
}

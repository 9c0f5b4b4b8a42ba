import Mesh
import NIOCore
import NIOSSL
import Transport

/// Makes the handlers of an accepted connection as the configuration of the moment has them.
struct ListenerPipeline {
    /// Of the socket that accepted it; `ProxySetup.listenerKeys` says whose it is now.
    let key: Int
    /// Where an intercepted connection wanted to go.
    private(set) var original: OriginalDestination?

    init(key: Int) { self.key = key }

    /// On the channel's event loop.
    func add(to channel: any Channel, _ worker: Worker) throws {
        guard let listener = worker.listener(key) else {
            // The listener was taken out of the configuration while this connection was being accepted.
            channel.close(promise: nil)
            return
        }
        guard let entry = listener.entry else {
            try add(to: channel, worker, listener)
            return
        }
        let original = OriginalDestination(of: channel)
        var pipeline = self
        pipeline.original = original
        try pipeline.add(to: channel, worker, worker.listener(entry, for: original))
    }

    private func add(to channel: any Channel, _ worker: Worker, _ listener: ListenerState) throws {
        let arrival = Arrival(peerAddress: PeerAddress.text(channel), original: original)
        guard admits(channel, arrival, worker, listener) else {
            worker.refused(
                arrival, listener, .overloaded, "the client's address has as many connections as one may have")
            channel.close(promise: nil)
            return
        }
        switch listener.security {
        case .plain: try add(to: channel, arrival, worker, listener, isSecure: false)
        case .mutualTLS: try add(to: channel, arrival, worker, listener, isSecure: true)
        case .permissive: try addPermissive(to: channel, arrival, worker, listener)
        }
    }

    /// Whether the peer may have one more connection.
    private func admits(
        _ channel: any Channel, _ arrival: Arrival, _ worker: Worker, _ listener: ListenerState
    ) -> Bool {
        guard let limit = listener.maximumConnectionsPerPeer else { return true }
        let address = arrival.peerAddress
        let peers = listener.peers
        guard peers.take(address, limit: limit) else {
            worker.counters.connectionsOverPeerLimit.increment()
            return false
        }
        channel.closeFuture.whenComplete { _ in peers.giveBack(address) }
        return true
    }

    private func add(
        to channel: any Channel, _ arrival: Arrival, _ worker: Worker, _ listener: ListenerState, isSecure: Bool
    ) throws {
        if case .stream = listener.traffic {
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        }
        if isSecure {
            guard let context = worker.credentials.server(listener.httpProtocol), let rule = listener.rule else {
                throw ProxyError("the \(listener.name) listener uses mutual TLS and needs an identity")
            }
            try channel.pipeline.syncOperations.addHandlers(
                TLS.serverHandlers(context: context, verifying: rule, revoked: worker.credentials.revoked))
        }
        // Counted from here on until its channel is gone.
        guard let connection = worker.accept(listener, isSecure: isSecure) else {
            refuse(channel, arrival, worker, listener)
            return
        }
        connection.arrival = arrival
        try channel.pipeline.syncOperations.addHandler(connection)
        if !isSecure, let until = listener.permissiveUntil {
            worker.report(plaintext: connection, listener, until: until)
        }
    }

    private func refuse(_ channel: any Channel, _ arrival: Arrival, _ worker: Worker, _ listener: ListenerState) {
        worker.counters.connectionsOverLimit.increment()
        worker.refused(arrival, listener, .overloaded, "the listener has as many connections as it takes")
        channel.close(promise: nil)
    }

    private func addPermissive(
        to channel: any Channel, _ arrival: Arrival, _ worker: Worker, _ listener: ListenerState
    ) throws {
        let now = Int64(arrival.startedWall / 1_000_000_000)
        guard let until = listener.permissiveUntil, now < until.seconds else {
            try add(to: channel, arrival, worker, listener, isSecure: true)
            return
        }
        guard listener.hasRoom else {
            refuse(channel, arrival, worker, listener)
            return
        }
        let (timeout, silenceIsPlain) =
            switch listener.traffic {
            case .http(_, let limits, _): (limits.headerTimeoutMilliseconds, false)
            case .stream(let table): (table.limits.helloTimeoutMilliseconds, true)
            }
        let undecided = UndecidedConnection(
            worker: worker, listener: listener, arrival: arrival, timeoutMilliseconds: timeout,
            silenceIsPlain: silenceIsPlain, until: until
        ) { isSecure, channel in
            try add(to: channel, arrival, worker, listener, isSecure: isSecure)
        }
        try channel.pipeline.syncOperations.addHandler(undecided)
    }
}

import NIOCore

/// Streams that were intercepted.
extension StreamSession {
    /// Where an intercepted connection wanted to go.
    var original: OriginalDestination? { downstream.original }

    /// Ends the connection and is `false` when its client is the proxy itself.
    var isNoLoop: Bool {
        guard listener.direction == .outbound, let client = downstream.context?.channel.remoteAddress,
            worker.setup.ownConnections.contains(client)
        else { return true }
        fail(
            .loopDetected,
            "the connection is the proxy's own, which interception must leave alone: the proxy has to run as the user "
                + "or group that `waybill-proxy intercept up` was told of")
        return false
    }

    /// Remembers the proxy's end of the upstream connection, should it come back; `false` when this stream is such.
    func keepsApart(_ connection: StreamUpstream) -> Bool {
        guard original != nil, listener.direction == .outbound,
            let address = connection.context?.channel.localAddress
        else { return true }
        ownAddress = address
        worker.setup.ownConnections.insert(address)
        // Asked once more: this end of a connection may have been heard of before the other.
        return isNoLoop
    }
}

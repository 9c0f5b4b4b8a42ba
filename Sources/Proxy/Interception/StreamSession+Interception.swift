/// Streams that were intercepted.
extension StreamSession {
    /// Where an intercepted connection wanted to go.
    var original: OriginalDestination? { downstream.original }

    /// Ends the connection and is `false` when its client is the proxy itself.
    var isNoLoop: Bool {
        guard worker.isLoop(original, listener.direction) else { return true }
        fail(.loopDetected, OwnConnections.loopSentence)
        return false
    }
}

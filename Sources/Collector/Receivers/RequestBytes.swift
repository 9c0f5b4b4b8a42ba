import Synchronization

/// Memory for the request bodies of all connections, bounded in all and for each client, so that one sender cannot take
/// what is there for everyone: reserve before holding, release after.
package final class RequestBytes: Sendable {
    private struct State {
        var total = 0
        /// Of clients that hold any; no more than there are connections.
        var byClient: [String: Int] = [:]
    }

    private let limit: Int
    private let clientLimit: Int
    private let state = Mutex(State())

    package init(limit: Int, clientLimit: Int) {
        self.limit = limit
        self.clientLimit = clientLimit
    }

    package var usedBytes: Int { state.withLock { $0.total } }

    /// Sets `bytes` more aside for `client`; the refusal when there is no room.
    package func reserve(_ bytes: Int, for client: String) -> IntakeRefusal? {
        state.withLock { state in
            guard state.total + bytes <= limit else { return full }
            let held = state.byClient[client, default: 0]
            guard held + bytes <= clientLimit else { return overShare }
            state.total += bytes
            state.byClient[client] = held + bytes
            return nil
        }
    }

    package func release(_ bytes: Int, for client: String) {
        state.withLock { state in
            let left = state.byClient[client, default: 0] - bytes
            precondition(left >= 0, "more request bytes released than reserved")
            state.total -= bytes
            state.byClient[client] = left == 0 ? nil : left
        }
    }

    private var full: IntakeRefusal {
        IntakeRefusal(
            .busy,
            "The collector holds as many request bytes as it may, \(limit) (limit requestBytesInFlight); try again "
                + "shortly.", reason: .busy, retryAfterSeconds: 1)
    }

    private var overShare: IntakeRefusal {
        IntakeRefusal(
            .overShare,
            "The requests of this client that are on their way hold as many bytes as one client's may, \(clientLimit) "
                + "(limit clientBytesInFlight); try again shortly.", reason: .client, retryAfterSeconds: 1)
    }
}

import Synchronization

/// The credentials of this moment, for what does not live on a worker.
final class CurrentCredentials: Sendable {
    private let current: Mutex<Credentials>

    init(_ credentials: Credentials) { current = Mutex(credentials) }

    var value: Credentials {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

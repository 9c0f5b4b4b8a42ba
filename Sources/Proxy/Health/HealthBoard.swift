import Synchronization

/// What one worker's health checks say, for all workers to see: read without a lock on every pick, written when a
/// verdict changes.
final class HealthBoard: Sendable {
    private let verdicts: Mutex<[Bool]>
    private let changes = Atomic<Int>(0)

    init(endpoints: Int) { verdicts = Mutex(Array(repeating: true, count: endpoints)) }

    /// Grows with each change.
    var revision: Int { changes.load(ordering: .acquiring) }
    var healthy: [Bool] { verdicts.withLock { $0 } }

    func set(_ endpoint: Int, healthy: Bool) {
        verdicts.withLock { $0[endpoint] = healthy }
        changes.add(1, ordering: .releasing)
    }
}

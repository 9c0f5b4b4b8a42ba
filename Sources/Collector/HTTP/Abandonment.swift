import Synchronization

/// Whether anybody still waits for an answer: set where the connection closes, asked by those who work on the answer.
final class Abandonment: Sendable {
    private let isSet = Atomic(false)

    func set() { isSet.store(true, ordering: .relaxed) }

    var isAbandoned: Bool { isSet.load(ordering: .relaxed) }
}

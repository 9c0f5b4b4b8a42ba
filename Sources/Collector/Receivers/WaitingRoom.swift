import NIOCore
import Storage
import Synchronization

/// Batches that the store has no room for yet, in the order they came. Bounded by the credits of their sessions: what
/// waits here is not acknowledged, so its sender stops.
final class WaitingRoom: Sendable {
    typealias Completion = @Sendable (Result<AppendOutcome, StoreError>) -> Void

    private struct Waiting: Sendable {
        var submission: Submission
        var completion: Completion
    }

    private let store: Store
    private let eventLoop: any EventLoop
    private let largestBytes: Int
    private let queue = Mutex<[Waiting]>([])
    private static let retryInterval = TimeAmount.milliseconds(5)

    /// A submission of more than `largestBytes` never fits: the store is left to refuse it at once.
    init(store: Store, eventLoop: any EventLoop, largestBytes: Int) {
        self.store = store
        self.largestBytes = largestBytes
        self.eventLoop = eventLoop
    }

    /// How many batches wait.
    var count: Int { queue.withLock { $0.count } }

    /// Hands `submission` to the store now, or as soon as there is room.
    func admit(_ submission: Submission, completion: @escaping Completion) {
        let bytes = submission.spans.memoryBytes
        let mustSchedule = queue.withLock { queue in
            // Order is kept: nobody overtakes a batch that waits. The store only queues here, so the lock is short.
            if bytes > largestBytes || queue.isEmpty && store.admits(bytes: bytes) {
                store.append(submission, completion: completion)
                return false
            }
            queue.append(Waiting(submission: submission, completion: completion))
            return queue.count == 1
        }
        if mustSchedule { eventLoop.scheduleTask(in: Self.retryInterval) { self.drain() } }
    }

    private func drain() {
        let stillWaiting = queue.withLock { queue in
            var taken = 0
            while taken < queue.count, store.admits(bytes: queue[taken].submission.spans.memoryBytes) {
                store.append(queue[taken].submission, completion: queue[taken].completion)
                taken += 1
            }
            queue.removeFirst(taken)
            return !queue.isEmpty
        }
        if stillWaiting { eventLoop.scheduleTask(in: Self.retryInterval) { self.drain() } }
    }
}

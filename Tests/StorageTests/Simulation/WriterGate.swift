import Dispatch
import Glibc
import Storage
import Synchronization
import Telemetry

/// Holds the store's writer still between the steps of a history, so that what a step queues is written as one group,
/// whatever the machine's threads do: that makes histories repeatable. Used by one thread.
final class WriterGate: Sendable {
    typealias Outcome = Result<AppendOutcome, StoreError>

    private struct State {
        /// The writer waits in its last answer.
        var isParked = false
        /// Answers of the step at hand; `nil` for those still to come.
        var answers: [Outcome?] = []
        var refusedAtOnce = 0
    }

    private let state = Mutex(State())
    private let go = DispatchSemaphore(value: 0)
    private let answered = DispatchSemaphore(value: 0)

    /// Queues `records` and then `submissions`, all in one group, and waits for the answers.
    func send(_ submissions: [Submission], after records: (Store) -> Void = { _ in }, to store: Store) -> [Outcome] {
        if !state.withLock({ $0.isParked }) { queue([WriterGate.barrier], { _ in }, store) }
        queue(submissions, records, store)
        return state.withLock { $0.answers.compactMap { $0 } }
    }

    /// What has nothing in it, and is answered when all before it is.
    static var barrier: Submission {
        Submission(provenance: Provenance(door: .otlpHTTP, principal: "barrier", receivedNanoseconds: 0))
    }

    /// Lets the writer run free, to seal or to end.
    func release() {
        let wasParked = state.withLock { state in
            defer { state.isParked = false }
            return state.isParked
        }
        if wasParked { go.signal() }
    }

    private func queue(_ submissions: [Submission], _ records: (Store) -> Void, _ store: Store) {
        state.withLock { state in
            state.answers = Array(repeating: nil, count: submissions.count)
            state.refusedAtOnce = 0
        }
        records(store)
        let asking = pthread_self()
        for (index, submission) in submissions.enumerated() {
            store.append(submission) { self.answer(index, $0, asking) }
        }
        let (isWaiting, isParked) = state.withLock { ($0.refusedAtOnce < submissions.count, $0.isParked) }
        guard isWaiting else { return }
        if isParked { go.signal() }
        answered.wait()
        state.withLock { $0.isParked = true }
    }

    /// On the thread that asks for what is refused at once, else on the writer's, which stays here after the last.
    private func answer(_ index: Int, _ outcome: Outcome, _ asking: pthread_t) {
        let isRefusedAtOnce = pthread_equal(pthread_self(), asking) != 0
        let isLast = state.withLock { state in
            state.answers[index] = outcome
            if isRefusedAtOnce { state.refusedAtOnce += 1 }
            return !isRefusedAtOnce && !state.answers.contains { $0 == nil }
        }
        if !isLast { return }
        answered.signal()
        go.wait()
    }
}

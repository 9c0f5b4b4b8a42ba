import Dispatch
import Synchronization

/// Blocks this thread until `body` is done.
func blocking<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
    let done = DispatchSemaphore(value: 0)
    let box = ResultBox<R>()
    Task.detached {
        do {
            let value = try await body()
            box.result.withLock { $0 = .success(value) }
        } catch {
            box.result.withLock { $0 = .failure(error) }
        }
        done.signal()
    }
    done.wait()
    guard let outcome = box.result.withLock({ $0 }) else { preconditionFailure("the semaphore was signalled") }
    return try outcome.get()
}

private final class ResultBox<R: Sendable>: Sendable {
    let result = Mutex<Result<R, any Error>?>(nil)
}

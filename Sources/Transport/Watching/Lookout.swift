import NIOCore
import NIOPosix
import Synchronization

/// Looks at files every now and then, on a thread of its own: no event loop waits for a disk.
///
/// Polled, not notified: a secret that is mounted as a link to a directory that is swapped is seen too.
public final class Lookout: Sendable {
    public static let interval = TimeAmount.milliseconds(500)

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let repeated = Mutex<RepeatedTask?>(nil)

    public init() {}

    /// Calls `look` again and again until `stop`, the first time after an interval.
    public func start(on eventLoop: any EventLoop, look: @escaping @Sendable () -> Void) {
        thread.start()
        let thread = thread
        let task = eventLoop.scheduleRepeatedAsyncTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            thread.runIfActive(eventLoop: eventLoop, look)
        }
        repeated.withLock { $0 = task }
    }

    /// Calls `body` now, or after the look that is under way. Fails when it was not started, or is stopped.
    public func run<Result: Sendable>(
        on eventLoop: any EventLoop, _ body: @escaping @Sendable () throws -> Result
    ) -> EventLoopFuture<Result> {
        thread.runIfActive(eventLoop: eventLoop, body)
    }

    public func stop() async throws {
        repeated.withLock { $0?.cancel() }
        try await thread.shutdownGracefully()
    }
}

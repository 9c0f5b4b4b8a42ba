import Glibc
import Synchronization

/// A thread of its own for work that blocks.
final class Worker: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: Mutex<pthread_t?>

    /// Starts the thread. `name` is what the system shows of it, at most 15 bytes.
    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(
            Body {
                Worker.nameThread(name)
                run()
            })
        let status = pthread_create(
            &thread, nil,
            { pointer in
                Unmanaged<Body>.fromOpaque(pointer!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        precondition(status == 0, "the system refuses another thread (error number \(status))")
        self.thread = Mutex(thread)
    }

    /// A name is for people who look on; a thread without one works as well.
    private static func nameThread(_ name: String) {
        // pthread_setname_np is a GNU extension that Swift's module of the C library leaves out.
        let file = Glibc.open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        if file < 0 { return }
        var name = name
        name.withUTF8 { _ = write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    /// Waits for its end; at most once for each worker, later calls return at once.
    func join() {
        let thread = thread.withLock { thread in
            let taken = thread
            thread = nil
            return taken
        }
        if let thread { pthread_join(thread, nil) }
    }
}

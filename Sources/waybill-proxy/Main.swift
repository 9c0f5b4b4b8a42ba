import Dispatch
import Logging
import NIOCore
import Proxy
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The data plane as a process: reads its configuration, serves until it is told to stop, drains, and leaves.
@main
struct Main {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == "intercept" {
            signal(SIGPIPE, SIG_IGN)
            exit(InterceptCommand.run(Array(words.dropFirst())))
        }
        // Before any other thread exists: all of them inherit the mask, and only `sigwait` sees these signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)

        let arguments: Arguments
        do {
            arguments = try Arguments(words)
        } catch {
            Console.error("\(error)\n\n\(Arguments.usage)")
            exit(2)
        }
        switch arguments.order {
        case .help: Console.out(Arguments.usage)
        case .version: Console.out("waybill-proxy \(ProxyVersion.text)\n")
        case .check, .run: exit(run(arguments, &signals))
        }
    }

    private static func run(_ arguments: Arguments, _ signals: inout sigset_t) -> Int32 {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let server: ProxyServer
        do {
            let source = ConfigurationSource(
                path: arguments.configuration, spoolDirectory: arguments.spoolDirectory)
            let configuration = try source.read()
            if arguments.order == .check {
                try ProxyServer.check(configuration)
                Console.out("\(arguments.configuration) is sound\n")
                return 0
            }
            let workers = arguments.workers ?? min(2, NIOCore.System.coreCount)
            server = try ProxyServer(
                configuration: configuration, source: source, workers: workers, log: Logger(label: "waybill-proxy")
            ) { kill(getpid(), SIGTERM) }
        } catch {
            Console.error("\(error)\n")
            return 2
        }
        do {
            let addresses = try wait { try await server.start() }
            var text = ""
            for listener in addresses.listeners { text += "listening \(listener.name) \(listener.address)\n" }
            Console.out(text + "listening admin \(addresses.admin)\nready\n")
        } catch {
            Console.error("\(error)\n")
            return 3
        }
        var received: Int32 = 0
        sigwait(&signals, &received)
        do {
            while received == SIGHUP {
                // What becomes of it is in the log.
                _ = try wait { try await server.reload() }
                sigwait(&signals, &received)
            }
            let seconds = Int64(arguments.drainSeconds)
            let statistics = try wait { try await server.drain(deadline: .now() + .seconds(seconds)) }
            if let statistics, statistics.queuedSpans + statistics.droppedSpans > 0 {
                Console.error(
                    "\(statistics.queuedSpans) spans were not acknowledged and \(statistics.droppedSpans) were dropped\n"
                )
            }
            return 0
        } catch {
            Console.error("\(error)\n")
            return 3
        }
    }

    /// Blocks this thread until `body` is done.
    private static func wait<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
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
}

private final class ResultBox<R: Sendable>: Sendable {
    let result = Mutex<Result<R, any Error>?>(nil)
}

/// Text for people, written whole and at once.
enum Console {
    static func out(_ text: String) { write(text, to: STDOUT_FILENO) }
    static func error(_ text: String) { write("waybill-proxy: \(text)", to: STDERR_FILENO) }

    private static func write(_ text: String, to file: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                // Nobody is left to read it.
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }
}

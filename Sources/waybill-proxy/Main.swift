import Logging
import NIOCore
import Proxy

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
            Console.error("\(error); see waybill-proxy --help\n")
            exit(2)
        }
        switch arguments.order {
        case .help: Console.out(Arguments.usage)
        case .version: Console.out("waybill-proxy \(ProxyVersion.text)\n")
        case .wait: exit(awaitReadiness(arguments))
        case .check, .run: exit(run(arguments, &signals))
        }
    }

    private static func run(_ arguments: Arguments, _ signals: inout sigset_t) -> Int32 {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let log = Logger(label: "waybill-proxy")
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
            if arguments.startupTimeoutSeconds > 0, let waiting = try WaitingProxy(configuration) {
                switch Startup.outcome(waiting, arguments.startupTimeoutSeconds, signals, log) {
                case .complete: break
                case .stopped: return 0
                case .failed: return 3
                }
            }
            let workers = arguments.workers ?? min(2, NIOCore.System.coreCount)
            server = try ProxyServer(
                configuration: configuration, source: source, workers: workers, log: log
            ) { kill(getpid(), SIGTERM) }
        } catch {
            Console.error("\(error)\n")
            return 2
        }
        do {
            let addresses = try blocking { try await server.start() }
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
                // What becomes of it is in the log; whatever it is, the proxy goes on serving.
                do { _ = try blocking { try await server.reload() } } catch { log.error("cannot reload: \(error)") }
                sigwait(&signals, &received)
            }
            let (minimum, whole) = (Int64(arguments.minimumDrainSeconds), Int64(arguments.drainSeconds))
            let statistics = try blocking {
                let now = NIODeadline.now()
                return try await server.drain(minimum: now + .seconds(minimum), deadline: now + .seconds(whole))
            }
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

    private static func awaitReadiness(_ arguments: Arguments) -> Int32 {
        let (admin, seconds) = (arguments.admin.description, arguments.timeoutSeconds)
        do {
            switch try blocking({ try await ReadinessWait.wait(admin: admin, timeoutSeconds: seconds) }) {
            case .ready: return 0
            case .notReady(let reason):
                Console.error("the proxy at \(admin) is not ready after \(seconds) s: \(reason)\n")
                return 1
            case .unreachable(let reason):
                Console.error("no proxy answers at \(admin) within \(seconds) s: \(reason)\n")
                return 3
            }
        } catch {
            Console.error("\(error)\n")
            return 3
        }
    }
}
